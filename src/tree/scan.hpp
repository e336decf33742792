// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "tree/inventory.hpp"

#include <string>

namespace imgbuild::tree {

struct ScanOptions {
    /// Read and hash regular files.
    bool with_digests = true;
    /// The tree is the upper directory of an overlay: 0:0 character devices are whiteouts, and the
    /// result is the change that it makes to `below`.
    bool overlay_upper = false;
    /// With `overlay_upper`: what opaque directories hide of it becomes whiteouts. nullptr: nothing.
    const Inventory* below = nullptr;
};

/// Walks the tree below `directory` without following links; files are read on the context's threads.
/// What is mounted inside the tree is left out: a mount point is a directory with nothing in it.
/// Only the extended attributes that `belongs_to_image` accepts are recorded.
/// @param directory opened in any way, O_PATH too. The tree must not change meanwhile.
/// @param name for messages.
/// @throws base::Error naming the path below `name` that can't be read.
Inventory scan(
    int directory,
    const std::string& name,
    const ScanOptions& options,
    const base::Context& context);

} // namespace imgbuild::tree
