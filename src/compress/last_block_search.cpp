// SPDX-License-Identifier: Apache-2.0
#include "compress/last_block_search.hpp"

#include "compress/bit_reader.hpp"
#include "compress/block_codes.hpp"

#include <algorithm>
#include <vector>

namespace imgbuild::compress {

namespace {

/// libdeflate ends blocks after at most 300,000 bytes of content, and none is larger than that.
constexpr std::size_t search_limit = 320'000;
/// Symbols of fewer bits than these prove nothing.
constexpr std::uint64_t fewest_bits = 8192;
/// The end of a stored block is the end of the content.
constexpr std::size_t stored_sign = 64;

/// A literal, or a copy of `length` bytes from `distance` bytes before.
struct Token {
    std::uint16_t length = 0;
    std::uint16_t distance = 0;
    std::byte literal = {};
};

/// What stands behind the first three bits of a block that has codes of its own: false for nearly
/// all places where no such block begins, and quickly.
bool may_be_description(BitReader& in) {
    if (in.take(5) > 29 || in.take(5) > 29) {
        return false;
    }
    const std::uint64_t count = in.take(4) + 4;
    // Of the code that the lengths are written in, in parts of 128: all of it is used.
    unsigned used = 0;
    for (std::uint64_t i = 0; i < count && used <= 128; ++i) {
        const std::uint64_t length = in.take(3);
        used += length == 0 ? 0 : 128U >> length;
    }
    return used == 128;
}

/// The symbols up to the block's end; nothing unless that is the stream's end.
std::optional<std::vector<Token>> read_tokens(BitReader& in, const BlockCodes& codes) {
    const PrefixCode literals = codes.literal_code();
    const PrefixCode distances = codes.distance_code();
    if (!literals.is_complete() || !distances.is_valid()) {
        return std::nullopt;
    }
    std::vector<Token> tokens;
    while (!in.past_end()) {
        in.refill();
        const Symbol* const symbol = literals.symbol(in);
        if (symbol == nullptr) {
            return std::nullopt;
        }
        in.skip(symbol->code_bits);
        if (symbol->number == end_of_block) {
            return tokens;
        }
        if (symbol->number < end_of_block) {
            tokens.push_back({1, 0, static_cast<std::byte>(symbol->number)});
            continue;
        }
        const std::size_t length =
            length_base(symbol->number) + in.take(length_extra_bits(symbol->number));
        in.refill();
        const Symbol* const from = distances.symbol(in);
        if (from == nullptr) {
            return std::nullopt;
        }
        in.skip(from->code_bits);
        const std::size_t distance =
            distance_base(from->number) + in.take(distance_extra_bits(from->number));
        tokens.push_back(
            {static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(distance)});
    }
    return std::nullopt;
}

/// True if the tokens decompress to the end of `content`, behind what stands there before.
bool yield_end_of(std::span<const std::byte> content, const std::vector<Token>& tokens) {
    std::size_t size = 0;
    for (const Token& token : tokens) {
        size += token.length;
    }
    if (size > content.size()) {
        return false;
    }
    std::size_t place = content.size() - size;
    for (const Token& token : tokens) {
        const auto here = content.begin() + static_cast<std::ptrdiff_t>(place);
        if (token.distance > place) {
            return false;
        }
        const bool is_right = token.distance == 0
                                  ? *here == token.literal
                                  : std::equal(here, here + token.length, here - token.distance);
        if (!is_right) {
            return false;
        }
        place += token.length;
    }
    return true;
}

/// Where the block ends, if it is the last one and begins at this bit.
std::optional<std::uint64_t> end_of_last_block_at(
    std::uint64_t bit, std::span<const std::byte> stream, std::span<const std::byte> content) {
    BitReader in(stream);
    in.seek(bit + 3);
    if (!may_be_description(in)) {
        return std::nullopt;
    }
    in.seek(bit + 3);
    BlockCodes codes;
    if (!codes.read(in)) {
        return std::nullopt;
    }
    const std::uint64_t begin = in.position();
    const std::optional<std::vector<Token>> tokens = read_tokens(in, codes);
    if (!tokens || in.position() < begin + fewest_bits || in.past_end() ||
        (in.position() + 7) / 8 != stream.size() || !yield_end_of(content, *tokens)) {
        return std::nullopt;
    }
    return in.position();
}

} // namespace

std::optional<LastBlock>
search_last_block(std::span<const std::byte> stream, std::span<const std::byte> content) {
    const std::size_t sign = std::min({stored_sign, stream.size(), content.size()});
    if (sign < stored_sign ||
        std::equal(stream.end() - stored_sign, stream.end(), content.end() - stored_sign)) {
        return std::nullopt;
    }
    const std::size_t first = stream.size() - std::min(stream.size(), search_limit);
    for (std::size_t byte = stream.size() - 2; byte > first; --byte) {
        const unsigned bits = std::to_integer<unsigned>(stream[byte - 1]) |
                              std::to_integer<unsigned>(stream[byte]) << 8U;
        for (unsigned shift = 8; shift > 0; --shift) {
            // The last block, with codes of its own: 1, then 2 in two bits.
            if ((bits >> (shift - 1) & 7U) != 5U) {
                continue;
            }
            const std::uint64_t bit = std::uint64_t{byte - 1} * 8 + shift - 1;
            if (const auto end = end_of_last_block_at(bit, stream, content)) {
                return LastBlock{bit, *end};
            }
        }
    }
    return std::nullopt;
}

} // namespace imgbuild::compress
