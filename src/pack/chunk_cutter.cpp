// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_cutter.hpp"

#include "pack/newc.hpp"
#include "pack/path_hash.hpp"

#include <algorithm>
#include <vector>

namespace imgbuild::pack {

namespace {

/// A slice and what it says of a border behind it.
struct Piece {
    Slice slice;
    std::uint64_t size = 0;
    std::uint64_t rank = 0;
};

/// Of borders that are better avoided.
constexpr std::uint64_t worse_rank = std::uint64_t{1} << 63U;

std::vector<Piece> pieces_of(const std::vector<PlacedEntry>& entries, std::size_t first) {
    std::vector<Piece> pieces;
    pieces.reserve(entries.size() - first);
    for (std::size_t i = first; i < entries.size(); ++i) {
        const PlacedEntry& placed = entries[i];
        std::uint64_t offset = 0;
        do {
            const std::uint64_t left = placed.content_size - offset;
            const std::uint64_t size = std::min(left, ChunkCutter::largest_slice);
            Piece piece;
            piece.slice = {static_cast<std::uint32_t>(i), offset, size};
            piece.size = size + (offset == 0 ? newc_header_size(*placed.entry) : 0) +
                         (size == left ? newc_padding(placed.content_size) : 0);
            piece.rank = path_hash(placed.entry->path, offset) & ~worse_rank;
            if (!placed.ends_package || size < left) {
                piece.rank |= worse_rank;
            }
            pieces.push_back(piece);
            offset += size;
        } while (offset < placed.content_size);
    }
    return pieces;
}

} // namespace

void ChunkCutter::cut(Layout& layout, std::size_t first) {
    const std::vector<Piece> pieces = pieces_of(layout.entries, first);
    std::size_t begin = 0;
    while (begin < pieces.size()) {
        std::size_t end = begin;
        std::size_t best = begin;
        std::uint64_t size = 0;
        while (end < pieces.size() && size + pieces[end].size <= largest_chunk) {
            size += pieces[end].size;
            ++end;
            const bool may_end = size >= smallest_chunk;
            if (may_end && (best == begin || pieces[end - 1].rank < pieces[best - 1].rank)) {
                best = end;
            }
        }
        if (end == pieces.size()) {
            best = end;
        }
        Chunk& chunk = layout.chunks.emplace_back();
        chunk.slices.reserve(best - begin);
        for (; begin < best; ++begin) {
            chunk.slices.push_back(pieces[begin].slice);
            chunk.size += pieces[begin].size;
        }
    }
}

} // namespace imgbuild::pack
