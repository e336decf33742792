// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Runs a command in an image, in the sandbox of root/sandbox.hpp but with the host's network. What the
 * command changes stays in the image, unless the options say otherwise.
 */
#pragma once

#include "base/context.hpp"
#include "images/image_builder.hpp"
#include "images/image_lock.hpp"
#include "images/image_store.hpp"
#include "images/locations.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

struct ExecOptions {
    /// Empty: a shell.
    std::vector<std::string> argv;
    /// On top of those that the locations configure.
    std::vector<ConfiguredMount> binds;
    /// On top of the fixed environment.
    std::map<std::string, std::string> environment;
    /// Name or number of a user of the image, with ":GROUP" if not the user's own; empty: root.
    std::string user;
    /// Changes are thrown away.
    bool throw_away = false;
    /// This node's overlays lie over the image; implies `throw_away`.
    std::string node;
    /// A command that fails leaves the image as it was.
    bool atomic = false;
    /// Bring users and groups in step with this machine afterwards.
    bool sync_users = false;
    /// Build the image afterwards if something changed.
    bool build = true;
    BuildOptions build_options;
    LockWait wait = LockWait::wait;
};

/// "SOURCE[:TARGET[:ro|copy]]". @throws base::UsageError.
ConfiguredMount parse_bind(std::string_view text);

/// @param chunks for the build that may follow.
/// @returns the command's status, or 128 + signal.
/// @throws base::Error if the command can't be started, or what follows it fails.
int exec_in_image(
    const ImageStore& store,
    const std::string& name,
    const ExecOptions& options,
    const store::Store& chunks,
    const base::Context& context);

} // namespace imgbuild::images
