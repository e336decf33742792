// SPDX-License-Identifier: Apache-2.0
#include "compress/block_codes.hpp"

#include <algorithm>

namespace imgbuild::compress {

namespace {

constexpr std::size_t first_length = 257;
constexpr std::size_t longest_length = 285;
/// The last two symbols of the fixed code never occur.
constexpr std::size_t usable_literals = 286;

Step describe_literal(std::size_t symbol) {
    if (symbol < end_of_block) {
        return {0, Meaning::literal};
    }
    if (symbol == end_of_block) {
        return {0, Meaning::end};
    }
    if (symbol >= usable_literals) {
        return {};
    }
    return {static_cast<std::uint8_t>(length_extra_bits(symbol)), Meaning::copy};
}

Step describe_distance(std::size_t symbol) {
    return {static_cast<std::uint8_t>(distance_extra_bits(symbol)), Meaning::copy};
}

} // namespace

unsigned length_extra_bits(std::size_t symbol) {
    if (symbol < 265 || symbol == longest_length) {
        return 0;
    }
    return static_cast<unsigned>((symbol - 261) / 4);
}

std::size_t length_base(std::size_t symbol) {
    if (symbol < 265) {
        return symbol - first_length + 3;
    }
    if (symbol == longest_length) {
        return 258;
    }
    return ((4 + (symbol - 265) % 4) << length_extra_bits(symbol)) + 3;
}

unsigned distance_extra_bits(std::size_t symbol) {
    return symbol < 4 ? 0 : static_cast<unsigned>((symbol - 2) / 2);
}

std::size_t distance_base(std::size_t symbol) {
    if (symbol < 4) {
        return symbol + 1;
    }
    return ((2 + symbol % 2) << distance_extra_bits(symbol)) + 1;
}

BlockCodes BlockCodes::fixed() {
    BlockCodes codes;
    codes.literal_count_ = PrefixCode::most_symbols;
    codes.distance_count_ = distance_symbols;
    for (std::size_t symbol = 0; symbol < codes.literal_count_; ++symbol) {
        const bool short_code = symbol >= 256 && symbol < 280;
        const bool long_code = symbol >= 144 && symbol < 256;
        codes.lengths_[symbol] = short_code ? 7 : long_code ? 9 : 8;
    }
    std::fill_n(codes.lengths_.begin() + PrefixCode::most_symbols, distance_symbols, 5);
    return codes;
}

bool BlockCodes::read(BitReader& in) {
    literal_count_ = static_cast<std::size_t>(in.take(5)) + first_length;
    distance_count_ = static_cast<std::size_t>(in.take(5)) + 1;
    const auto length_count = static_cast<std::size_t>(in.take(4)) + 4;
    static constexpr std::array<std::uint8_t, length_symbols> order = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    std::array<std::uint8_t, length_symbols> length_lengths = {};
    for (std::size_t i = 0; i < length_count; ++i) {
        length_lengths.at(order.at(i)) = static_cast<std::uint8_t>(in.take(3));
    }
    const PrefixCode code(length_lengths, describe_literal);
    const std::size_t wanted = literal_count_ + distance_count_;
    if (!code.is_valid() || literal_count_ > usable_literals) {
        return false;
    }
    for (std::size_t filled = 0; filled < wanted;) {
        in.refill();
        const Symbol* const symbol = code.symbol(in);
        if (symbol == nullptr || (symbol->number == 16 && filled == 0)) {
            return false;
        }
        in.skip(symbol->code_bits);
        std::uint8_t value = 0;
        std::size_t repeat = 1;
        switch (symbol->number) {
        case 16:
            value = lengths_.at(filled - 1);
            repeat = 3 + static_cast<std::size_t>(in.take(2));
            break;
        case 17:
            repeat = 3 + static_cast<std::size_t>(in.take(3));
            break;
        case 18:
            repeat = 11 + static_cast<std::size_t>(in.take(7));
            break;
        default:
            value = static_cast<std::uint8_t>(symbol->number);
        }
        if (filled + repeat > wanted) {
            return false;
        }
        std::fill_n(lengths_.begin() + static_cast<std::ptrdiff_t>(filled), repeat, value);
        filled += repeat;
    }
    return true;
}

PrefixCode BlockCodes::literal_code() const {
    return {literal_lengths(), describe_literal};
}

PrefixCode BlockCodes::distance_code() const {
    return {distance_lengths(), describe_distance};
}

} // namespace imgbuild::compress
