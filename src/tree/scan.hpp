// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "tree/inventory.hpp"

namespace imgbuild::tree {

struct ScanOptions {
    /// Read and hash regular files.
    bool with_digests = true;
    /// The tree is the upper directory of an overlay: 0:0 character devices are whiteouts, and
    /// the overlay's own extended attributes are left out.
    bool overlay_upper = false;
};

/// Walks the tree below `directory` without following links or leaving its file system; files are
/// read on the context's threads. `security.selinux` and overlay attributes are never recorded.
/// @param name for messages.
Inventory scan(
    int directory,
    const std::string& name,
    const ScanOptions& options,
    const base::Context& context);

} // namespace imgbuild::tree
