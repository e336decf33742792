// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgbuild::root {

struct CopyTreeOptions {
    /// Where in the image the tree's content goes; made if missing.
    std::string target = "/";
    /// Owner of everything that is made.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    /// Modes become 0755 for directories and executable files and 0644 for others, as git keeps them;
    /// directories that are in the image already keep theirs. Otherwise modes are copied.
    bool git_modes = false;
    /// Times of what is copied; seconds since 1970.
    std::int64_t mtime = 0;
};

/// Copies the content of a directory of the host into the root, confined to it: types, modes, links
/// and hard links, extended attributes, devices where permitted. A directory onto a link to a directory
/// keeps the link; anything else replaces what stands there, except a directory with content; a link
/// to the directory in its place is left out. Directories that exist keep their owner.
/// Access control lists that name users or groups of the host are left out, with a warning.
/// @returns the devices that this process may not make, with their paths in the root, for
///          WorkingRoot::record_device; nothing stands there.
/// @throws base::Error naming the source file; with ExitCode::usage if the tree can't be an image's.
std::vector<tree::Entry> copy_tree(
    const std::string& source,
    const Root& root,
    const CopyTreeOptions& options,
    const base::Context& context);

} // namespace imgbuild::root
