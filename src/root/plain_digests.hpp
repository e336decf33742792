// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/layer_cursor.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <ctime>
#include <string>
#include <unordered_map>

namespace imgbuild::root {

/// The digests of a directory's files, so that a stage pays only for the files it changed. A file whose
/// inode, size and change time are as they were has the content it had: nothing but the kernel sets the
/// change time.
class DigestMemory {
public:
    /// Notes the files as they stand in the tree now, with the digests of `inventory`. Returns when a
    /// later change is sure to get a later time.
    void remember(const tree::Inventory& inventory, DirectoryCursor& tree);

    /// `found` with the digests of its regular files: remembered ones, and those of changed files read anew.
    /// @param root the directory of the tree that `found` is of. @param name for messages.
    tree::Inventory with_digests(
        const tree::Inventory& found,
        int root,
        const std::string& name,
        const base::Context& context) const;

private:
    struct State {
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        timespec changed = {};
        crypto::Digest digest;
    };

    bool is_as_it_was(const std::string& path, DirectoryCursor& tree, crypto::Digest& digest) const;

    std::unordered_map<std::string, State> files_;
};

} // namespace imgbuild::root
