// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "config/host.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::config {

struct RegistryLogin {
    std::string user;
    std::string password;
    /// Stands for both; exchanged for tokens by POST.
    std::string identity_token;
    /// Where it was found, for messages.
    std::string origin;
};

/// The logins that podman and docker keep, found in podman's order.
class RegistryCredentials {
public:
    /// @param authfile --authfile: then that file alone counts; "": $REGISTRY_AUTH_FILE, else
    ///        auth.json in $XDG_RUNTIME_DIR/containers and $XDG_CONFIG_HOME/containers, then
    ///        ~/.docker/config.json and ~/.dockercfg. Last come WAREWULF_OCI_USERNAME and _PASSWORD.
    /// @param helper_limit how long a credential helper may take: one that asks somebody who is not
    ///        there would take forever.
    /// @throws base::UsageError if --authfile names no readable file.
    RegistryCredentials(
        const Host& host,
        const std::string& authfile,
        std::chrono::milliseconds helper_limit = std::chrono::seconds(60));

    /// @param registry "docker.io", "registry.example:5000"; @param path "group/name".
    /// @throws base::UsageError if a file is damaged; base::Error if a credential helper fails.
    std::optional<RegistryLogin>
    find(const std::string& registry, const std::string& path, const base::Context& context) const;

private:
    struct File {
        std::string path;
        /// .dockercfg: the logins are the whole document.
        bool is_old = false;
    };

    std::optional<RegistryLogin> find_in(
        const File& file,
        const std::string& registry,
        const std::string& path,
        const base::Context& context) const;
    std::optional<RegistryLogin> ask_helper(
        const std::string& helper, const std::string& server, const base::Context& context) const;

    Host host_;
    std::chrono::milliseconds helper_limit_;
    std::vector<File> files_;
};

} // namespace imgbuild::config
