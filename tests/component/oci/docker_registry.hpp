// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Debian's docker-registry on loopback, with images that are put into its storage directly.
 */
#pragma once

#include "support/test_image.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::test {

class DockerRegistry {
public:
    /// False where the package docker-registry is not installed.
    static bool is_installed();

    struct Options {
        /// A line of a htpasswd file; "": no login is needed.
        std::string login;
        /// PEM files; "": plain http.
        std::string certificate;
        std::string key;
    };

    /// @param directory an empty one for its files; outlives it.
    explicit DockerRegistry(std::string directory, const Options& options = {});
    DockerRegistry(const DockerRegistry&) = delete;
    DockerRegistry& operator=(const DockerRegistry&) = delete;
    ~DockerRegistry();

    /// "127.0.0.1:PORT"
    std::string name() const;

    /// Makes `repository` hold an image, and a tag name a document (its manifest or an index).
    void put(const std::string& repository, const TestImage& image) const;
    void
    tag(const std::string& repository, const std::string& tag, const std::string& document) const;

private:
    void put_blob(const std::string& bytes) const;
    void link(const std::string& place, const std::string& digest) const;
    void start(const std::vector<std::string>& environment);

    std::string directory_;
    std::uint16_t port_ = 0;
    pid_t child_ = -1;
};

} // namespace imgbuild::test
