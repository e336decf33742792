// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace imgbuild::archive {

/// Where data stands in a file that has holes.
struct SparsePiece {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    bool operator==(const SparsePiece&) const = default;
};

/// In the order of offsets; what no piece covers is a hole.
using SparseMap = std::vector<SparsePiece>;

/// "offset,length,offset,length…" @throws TarDefect if it is anything else.
SparseMap parse_sparse_map(std::string_view text);

/// @param size of the file with its holes. @param stored how many bytes the archive holds of it.
/// @throws TarDefect if pieces overlap, come in another order, lie beyond the file's end, or don't have
///         as many bytes as are stored.
void check_sparse_map(const SparseMap& map, std::uint64_t size, std::uint64_t stored);

} // namespace imgbuild::archive
