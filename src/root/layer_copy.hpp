// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Writes entries of an inventory into a directory tree: how the plain driver makes roots of layers and
 * layers of roots.
 */
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"
#include "root/layer_cursor.hpp"
#include "tree/inventory.hpp"

#include <functional>
#include <vector>

namespace imgbuild::root {

enum class Whiteouts {
    /// Made as 0:0 character devices, which are whiteouts to an overlay; left out where the file system
    /// (an overlay itself) can't hold them.
    made,
    /// Carried out: what stands there is removed.
    obeyed,
};

/// Opens the content of a regular file for reading.
using OpenContent = std::function<base::UniqueFd(const tree::Entry&)>;

/// From the tree that `cursor` walks, which outlives the result.
OpenContent content_from(DirectoryCursor& cursor);

/// Makes another name of what an entry is a copy of, in an open directory. @returns false where it can't.
using LinkContent =
    std::function<bool(const tree::Entry& entry, int directory, const std::string& name)>;

/// Makes the entries (in the order of an inventory; parents exist or are among them) with owners, modes,
/// extended attributes and hard links. What stands there is replaced; a directory keeps what is in it.
/// Files are cloned where the file system can, else copied with their holes. Times come last, also of
/// directories. Devices that this process may not make are left out, and 0:0.
/// @param link_content tried before anything but a directory is copied; may be empty.
void copy_entries(
    const std::vector<tree::Entry>& entries,
    const OpenContent& open_content,
    DirectoryCursor& target,
    Whiteouts whiteouts,
    const base::Context& context,
    const LinkContent& link_content = {});

/// Sets the modification time of what stands at the entry's path.
void set_mtime(const tree::Entry& entry, DirectoryCursor& tree);

} // namespace imgbuild::root
