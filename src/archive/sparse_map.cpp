// SPDX-License-Identifier: Apache-2.0
#include "archive/sparse_map.hpp"

#include "archive/tar_header.hpp"
#include "base/text.hpp"

namespace imgbuild::archive {

SparseMap parse_sparse_map(std::string_view text) {
    SparseMap map;
    if (text.empty()) {
        return map;
    }
    const std::vector<std::string_view> numbers = base::split(text, ',');
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
        const auto offset = base::parse_number(numbers[i]);
        const auto length = base::parse_number(numbers[i + 1]);
        if (!offset || !length) {
            throw TarDefect{"the map of a sparse file is not made of numbers"};
        }
        map.push_back({*offset, *length});
    }
    if (numbers.size() % 2 != 0) {
        throw TarDefect{"the map of a sparse file is incomplete"};
    }
    return map;
}

void check_sparse_map(const SparseMap& map, std::uint64_t size, std::uint64_t stored) {
    std::uint64_t end = 0;
    std::uint64_t sum = 0;
    for (const SparsePiece& piece : map) {
        if (piece.offset < end || piece.offset > size || piece.length > size - piece.offset) {
            throw TarDefect{"the map of a sparse file contradicts itself or the file's size"};
        }
        end = piece.offset + piece.length;
        sum += piece.length;
    }
    if (sum != stored) {
        throw TarDefect{"the map of a sparse file does not fit the data that is stored"};
    }
}

} // namespace imgbuild::archive
