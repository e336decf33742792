// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_cutter.hpp"

#include "pack/newc.hpp"
#include "pack/path_hash.hpp"

#include <algorithm>

namespace imgbuild::pack {

namespace {

/// A slice and what it says of a border behind it.
struct Piece {
    Slice slice;
    std::uint64_t size = 0;
    std::uint64_t rank = 0;
};

std::vector<Piece> pieces_of(const std::vector<PlacedEntry>& entries) {
    std::vector<Piece> pieces;
    pieces.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const PlacedEntry& placed = entries[i];
        std::uint64_t offset = 0;
        do {
            const std::uint64_t left = placed.content_size - offset;
            const std::uint64_t size = std::min(left, ChunkCutter::largest_slice);
            Piece piece;
            piece.slice = {static_cast<std::uint32_t>(i), offset, size};
            piece.size = size + (offset == 0 ? newc_header_size(*placed.entry) : 0) +
                         (size == left ? newc_padding(placed.content_size) : 0);
            piece.rank = path_hash(placed.entry->path, offset);
            pieces.push_back(piece);
            offset += size;
        } while (offset < placed.content_size);
    }
    return pieces;
}

} // namespace

std::vector<Chunk> ChunkCutter::cut(const std::vector<PlacedEntry>& entries) {
    const std::vector<Piece> pieces = pieces_of(entries);
    std::vector<Chunk> chunks;
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
        Chunk& chunk = chunks.emplace_back();
        chunk.slices.reserve(best - begin);
        for (; begin < best; ++begin) {
            chunk.slices.push_back(pieces[begin].slice);
            chunk.size += pieces[begin].size;
        }
    }
    return chunks;
}

} // namespace imgbuild::pack
