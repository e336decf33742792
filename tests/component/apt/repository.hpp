// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "component/apt/signing_key.hpp"
#include "package/package_manager.hpp"
#include "support/http_server.hpp"

#include <map>
#include <string>
#include <vector>

namespace imgbuild::test {

struct TestPackage {
    std::string name;
    std::string version = "1.0";
    /// More lines of its stanza, such as "Depends: x\n".
    std::string fields;
    std::string architecture = "amd64";

    std::string file() const;
    /// What is served as the package; any bytes will do for everything but installing.
    std::string content() const;
};

/// A small Debian archive that an HttpServer serves. Change its members, then publish.
struct TestRepository {
    std::string path = "/debian";
    std::string distribution = "stable";
    std::string codename = "testing-ground";
    std::vector<std::string> components = {"main"};
    std::vector<TestPackage> packages;
    const SigningKey* key = &first_key();
    bool detached = false;
    bool by_hash = false;
    bool flat = false;
    /// Indexes are there in gzip's form, too.
    bool with_gzip = false;
    /// Seconds from `now`.
    std::int64_t date = -60;
    std::int64_t valid_until = 7200;
    /// Stays as it is, so that the Release file does.
    std::int64_t now = base::now();

    /// An essential package, a library, a server that needs it and recommends documentation.
    static TestRepository sample();

    /// The text of its only Packages file.
    std::string packages_text() const;

    /// The Release file without signature.
    std::string release_text() const;

    /// Puts everything on the server.
    void publish(HttpServer& server) const;

    /// How a request names it.
    package::PackageSource source(const HttpServer& server) const;

    /// Directory of the Release file on the server, with a slash at its end.
    std::string directory() const;

private:
    /// Names below `directory()`, and what they hold.
    std::map<std::string, std::string> indexes() const;
};

} // namespace imgbuild::test
