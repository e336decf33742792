// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/bit_reader.hpp"
#include "compress/prefix_code.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace imgbuild::compress {

/// The lengths of a deflate block's two codes (RFC 1951, 3.2.5 to 3.2.7).
class BlockCodes {
public:
    /// The codes that need no description.
    static BlockCodes fixed();

    /// Reads the description behind a block's type. @returns false if it is malformed.
    bool read(BitReader& in);

    std::span<const std::uint8_t> literal_lengths() const {
        return std::span(lengths_).first(literal_count_);
    }

    std::span<const std::uint8_t> distance_lengths() const {
        return std::span(lengths_).subspan(literal_count_, distance_count_);
    }

    PrefixCode literal_code() const;
    PrefixCode distance_code() const;

private:
    static constexpr std::size_t distance_symbols = 32;

    std::array<std::uint8_t, PrefixCode::most_symbols + distance_symbols> lengths_ = {};
    std::size_t literal_count_ = 0;
    std::size_t distance_count_ = 0;
};

inline constexpr std::size_t end_of_block = 256;

/// The extra bits behind a length's or a distance's symbol, and the smallest value it stands for.
unsigned length_extra_bits(std::size_t symbol);
std::size_t length_base(std::size_t symbol);
unsigned distance_extra_bits(std::size_t symbol);
std::size_t distance_base(std::size_t symbol);

/// Symbols of the code that the lengths of the other two are written in.
inline constexpr std::size_t length_symbols = 19;

} // namespace imgbuild::compress
