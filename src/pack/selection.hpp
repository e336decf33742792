// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::pack {

/// True if an entry, and all below it, stays out of the image.
using Exclude = std::function<bool(std::string_view path, bool is_directory)>;

/// The entries that an archive will have.
struct Selection {
    tree::Inventory inventory;
    /// What is lost, for people; each names its path.
    std::vector<std::string> warnings;
};

/// Leaves out the root itself, what is excluded, and sockets.
/// @param restored_xattrs paths whose extended attributes are restored at boot: no warning for them.
/// @throws base::Error with exit code 5 if an entry can't be packed; its details name all of them.
Selection select_entries(
    const tree::Inventory& root,
    const Exclude& exclude,
    const std::set<std::string, std::less<>>& restored_xattrs);

} // namespace imgbuild::pack
