// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <cstdint>
#include <vector>

namespace imgbuild::pack {

/// An entry at its place in the archive.
struct PlacedEntry {
    /// Of the inventory that was planned, which outlives the layout.
    const tree::Entry* entry = nullptr;
    std::uint32_t inode = 0;
    std::uint32_t links = 1;
    /// Bytes of content that follow: of a file with several names, only behind the last of them.
    std::uint64_t content_size = 0;
    /// The last one of a package: a chunk ends better here than elsewhere.
    bool ends_package = false;
};

/// A part of one entry: its content from `offset` on, the header before it if `offset` is 0, the
/// filling behind it if it reaches the content's end.
struct Slice {
    /// Index into Layout::entries.
    std::uint32_t entry = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// What is compressed in one piece.
struct Chunk {
    std::vector<Slice> slices;
    /// Bytes in the archive.
    std::uint64_t size = 0;
};

/// The archive without its end.
struct Layout {
    std::vector<PlacedEntry> entries;
    std::vector<Chunk> chunks;

    std::uint64_t size() const {
        std::uint64_t sum = 0;
        for (const Chunk& chunk : chunks) {
            sum += chunk.size;
        }
        return sum;
    }
};

} // namespace imgbuild::pack
