// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The machine that imgbuild runs on, as far as its configuration matters. Everything in `config/`
 * asks through here, so a test can be a machine of its own.
 */
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::config {

class Host {
public:
    /// This machine, with this process's environment and user.
    static Host current();

    /// @param root put in front of paths such as /etc.
    Host(std::string root, std::map<std::string, std::string> environment, bool is_superuser);

    /// Nothing if it is not set or empty.
    std::optional<std::string> variable(const std::string& name) const;

    const std::map<std::string, std::string>& environment() const noexcept { return environment_; }

    bool is_superuser() const noexcept { return is_superuser_; }

    /// Where an absolute path of this machine really lies.
    std::string path(std::string_view absolute) const;

    /// The user's home directory; nothing if there is none.
    std::optional<std::string> home() const;

    /// $XDG_CONFIG_HOME/imgbuild, by default ~/.config/imgbuild; nothing without a home.
    std::optional<std::string> user_config_directory() const;

    /// /etc/imgbuild
    std::string system_config_directory() const;

    /// Where built things are kept by default: /var/cache/imgbuild for root, else
    /// $XDG_CACHE_HOME/imgbuild, by default ~/.cache/imgbuild.
    /// @throws base::UsageError if the user has no home.
    std::string default_store() const;

private:
    std::optional<std::string>
    user_directory(const std::string& variable_name, const std::string& below_home) const;

    std::string root_;
    std::map<std::string, std::string> environment_;
    bool is_superuser_;
};

/// True for a regular file that this process may read.
bool is_readable_file(const std::string& path);

/// Paths of the files in a directory whose names end so, sorted; none if it can't be read.
std::vector<std::string> files_with_suffix(const std::string& directory, std::string_view suffix);

} // namespace imgbuild::config
