// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/progress.hpp"
#include "package/image_helpers.hpp"
#include "root/layered_root.hpp"
#include "root/sandbox.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

struct DpkgOptions {
    /// SOURCE_DATE_EPOCH for scripts.
    std::int64_t epoch = 0;
    /// Advanced by one for each package that is unpacked, configured or removed.
    base::Activity* progress = nullptr;
    /// Version of the root's dpkg, for scripts that imgbuild runs in its place.
    std::string dpkg_version;
    /// For what scripts call; outlives the session. None: it is all the image's own.
    ImageHelpers* helpers = nullptr;
};

/// The root's own dpkg, run in the sandbox, while services can't be started: policy-rc.d refuses them
/// as long as the session lives, and goes away with it.
class DpkgSession {
public:
    /// @param root outlives the session.
    DpkgSession(root::WorkingRoot& root, DpkgOptions options);
    DpkgSession(const DpkgSession&) = delete;
    DpkgSession& operator=(const DpkgSession&) = delete;
    ~DpkgSession();

    /// Makes a directory of the host visible to the commands, read-only.
    void show(const std::string& directory, const std::string& target);

    /// Runs dpkg with these arguments.
    /// @throws base::Error (exit code 4) naming the package and script that failed.
    void dpkg(const std::vector<std::string>& arguments, const base::Context& context);

    /// Runs another program of the root in the same surroundings.
    /// @throws base::Error (exit code 4) if it fails.
    void run(std::vector<std::string> argv, const std::string& input, const base::Context& context);

    /// Runs a script of a package that is being unpacked, as dpkg would.
    /// @param path in the root. @param package, architecture whose script. @param name "preinst".
    /// @param forced what dpkg would be forced to, as it tells its scripts.
    /// @throws base::Error (exit code 4) naming the package and script if it fails.
    void script(
        const std::string& path,
        const std::string& package,
        const std::string& architecture,
        const std::string& name,
        const std::string& forced,
        const base::Context& context);

private:
    root::SandboxCommand command(std::vector<std::string> argv);

    root::WorkingRoot& root_;
    DpkgOptions options_;
    root::Sandbox sandbox_;
    std::vector<root::Bind> binds_;
    bool made_policy_ = false;
};

} // namespace imgbuild::package
