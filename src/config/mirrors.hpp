// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/position.hpp"
#include "config/host.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::config {

/// Where a repository's packages come from.
struct Location {
    /// http, https, ftp or file, without a slash at its end; may hold a password.
    std::string url;
    /// What the image's own configuration gets: the official URL of a distribution that imgbuild
    /// knows, else `url` without user and password.
    std::string public_url;
    /// Who said so, for `explain`: "the description", "--mirror", "mirrors.conf:3" with its path,
    /// "/etc/apt/sources.list:1", "built in".
    std::string origin;
};

/// The names behind "mirror:NAME[/path]". Found in this order: `--mirror NAME=URL`; mirrors.conf of
/// the user, then of the system ("NAME = URL" lines, "#" comments); for the host's own distribution
/// the URLs of the host's own package sources, never what these trust; official hosts.
class Mirrors {
public:
    /// @param options what `--mirror` was given, each "NAME=URL"; of a repeated name the last counts.
    /// @throws base::UsageError at the place of what makes no sense.
    static Mirrors load(const Host& host, const std::vector<std::string>& options);

    /// @param path source/@path of a repository. @param position where it is written.
    /// @throws base::UsageError at that place if it is no location or its mirror is unknown.
    Location resolve(std::string_view path, const base::Position& position) const;

    /// Names that `--mirror` was given and that none of these paths means.
    std::vector<std::string> unused_options(const std::vector<std::string>& paths) const;

private:
    struct Mirror {
        std::string name;
        std::string url;
        std::string origin;
    };

    void read_options(const std::vector<std::string>& options);
    void read_configuration(const std::string& file);
    void read_host_sources(const Host& host);
    void add(std::string_view name, std::string_view url, std::string origin);

    /// The first of a name counts.
    std::vector<Mirror> mirrors_;
};

} // namespace imgbuild::config
