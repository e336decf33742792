// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/exclude_patterns.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace imgbuild::pack {

/// The entries that an archive will have.
struct Selection {
    tree::Inventory inventory;
    /// What is lost, for people; each names its path.
    std::vector<std::string> warnings;
};

/// Leaves out the root itself, what `excludes` matches, and sockets.
/// @param restored_xattrs paths whose extended attributes are restored at boot: no warning for them.
/// @throws base::Error with exit code 5 if an entry can't be packed; its details name all of them.
Selection select_entries(
    const tree::Inventory& root,
    const tree::ExcludePatterns& excludes,
    const std::set<std::string, std::less<>>& restored_xattrs);

/// Bytes that the files take in a file system in memory, which gives them whole pages of 4096.
std::uint64_t memory_size(const tree::Inventory& inventory);

} // namespace imgbuild::pack
