// SPDX-License-Identifier: Apache-2.0
#include "compress/deflate_walk.hpp"

#include "base/error.hpp"
#include "compress/bit_reader.hpp"

#include <algorithm>
#include <array>

namespace imgbuild::compress {

namespace {

// RFC 1951: names of its sections in brackets.
constexpr unsigned longest_code = 15;
constexpr std::size_t literal_symbols = 288;
constexpr std::size_t distance_symbols = 32;
constexpr std::size_t end_of_block = 256;

[[noreturn]] void malformed() {
    throw base::Error("a compressed chunk is not a deflate stream");
}

/// Extra bits behind a symbol [3.2.5].
unsigned extra_bits_of_length(std::size_t symbol) {
    if (symbol < 265 || symbol == 285) {
        return 0;
    }
    return static_cast<unsigned>((symbol - 261) / 4);
}

unsigned extra_bits_of_distance(std::size_t symbol) {
    return symbol < 4 ? 0 : static_cast<unsigned>((symbol - 2) / 2);
}

enum class Meaning : std::uint8_t { literal, copy, end, unknown };

/// What the next bits say: how many of them are behind us then, extra bits included.
struct Step {
    std::uint8_t bits = 0;
    Meaning meaning = Meaning::unknown;
};

struct Symbol {
    std::uint16_t number = 0;
    std::uint8_t code_bits = 0;
    /// Code and extra bits.
    Step step;
};

/// A canonical prefix code. Codes of up to `table_bits` bits are found by one look into a table.
class PrefixCode {
public:
    static constexpr unsigned table_bits = 11;

    /// @param lengths of the symbols' codes; 0: the symbol does not occur.
    /// @param describe what a symbol means, and how many extra bits follow its code.
    template <typename Describe>
    PrefixCode(std::span<const std::uint8_t> lengths, const Describe& describe) {
        count_codes(lengths);
        std::array<std::uint16_t, longest_code + 1> next = first_index_;
        std::array<unsigned, longest_code + 1> code = first_code_;
        for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
            const unsigned length = lengths[symbol];
            if (length == 0) {
                continue;
            }
            Step step = describe(symbol);
            step.bits = static_cast<std::uint8_t>(step.bits + length);
            const Symbol& entered = symbols_.at(next.at(length)++) = {
                static_cast<std::uint16_t>(symbol), static_cast<std::uint8_t>(length), step};
            enter(code.at(length)++, entered);
        }
    }

    /// Lets one look consume all literals that fit into the table's bits, and what follows them.
    void join_literals() {
        const auto single = steps_;
        const auto lengths = code_lengths_;
        for (std::size_t bits = 0; bits < steps_.size(); ++bits) {
            Step step = single[bits];
            while (step.meaning == Meaning::literal && step.bits < table_bits) {
                const std::size_t rest = bits >> step.bits;
                const Step& next = single[rest];
                if (next.meaning == Meaning::unknown || lengths[rest] > table_bits - step.bits) {
                    break;
                }
                step = {static_cast<std::uint8_t>(step.bits + next.bits), next.meaning};
            }
            steps_[bits] = step;
        }
    }

    /// The step that the available bits begin with; at least `longest_code` of them are there.
    Step step(const BitReader& in) const {
        const Step step = steps_[in.peek(table_bits)];
        return step.meaning != Meaning::unknown ? step : symbol(in).step;
    }

    /// The symbol that the available bits begin with, found bit by bit.
    const Symbol& symbol(const BitReader& in) const {
        unsigned code = 0;
        for (unsigned length = 1; length <= longest_code; ++length) {
            code = code << 1U | static_cast<unsigned>(in.peek(length) >> (length - 1));
            if (code - first_code_[length] < counts_[length]) {
                return symbols_[first_index_[length] + (code - first_code_[length])];
            }
        }
        malformed();
    }

private:
    void count_codes(std::span<const std::uint8_t> lengths) {
        for (const std::uint8_t length : lengths) {
            ++counts_.at(length);
        }
        counts_[0] = 0;
        unsigned code = 0;
        for (unsigned length = 1; length <= longest_code; ++length) {
            first_index_[length] =
                static_cast<std::uint16_t>(first_index_[length - 1] + counts_[length - 1]);
            code = (code + counts_[length - 1]) << 1U;
            first_code_[length] = code;
            if (code + counts_[length] > 1U << length) {
                malformed();
            }
        }
    }

    void enter(unsigned code, const Symbol& symbol) {
        const unsigned length = symbol.code_bits;
        if (length > table_bits) {
            return;
        }
        std::size_t reversed = 0;
        for (unsigned bit = 0; bit < length; ++bit) {
            reversed |= std::size_t{code >> bit & 1U} << (length - 1 - bit);
        }
        for (std::size_t i = reversed; i < steps_.size(); i += std::size_t{1} << length) {
            steps_[i] = symbol.step;
            code_lengths_[i] = symbol.code_bits;
        }
    }

    std::array<Step, std::size_t{1} << table_bits> steps_ = {};
    std::array<std::uint8_t, std::size_t{1} << table_bits> code_lengths_ = {};
    std::array<Symbol, literal_symbols> symbols_ = {};
    std::array<std::uint16_t, longest_code + 1> counts_ = {};
    std::array<std::uint16_t, longest_code + 1> first_index_ = {};
    std::array<unsigned, longest_code + 1> first_code_ = {};
};

Step describe_literal(std::size_t symbol) {
    if (symbol < end_of_block) {
        return {0, Meaning::literal};
    }
    if (symbol == end_of_block) {
        return {0, Meaning::end};
    }
    return {static_cast<std::uint8_t>(extra_bits_of_length(symbol)), Meaning::copy};
}

Step describe_distance(std::size_t symbol) {
    return {static_cast<std::uint8_t>(extra_bits_of_distance(symbol)), Meaning::copy};
}

void walk_symbols(
    BitReader& in,
    std::span<const std::uint8_t> literal_lengths,
    std::span<const std::uint8_t> distance_lengths) {
    PrefixCode literals(literal_lengths, describe_literal);
    literals.join_literals();
    const PrefixCode distances(distance_lengths, describe_distance);
    // The most that one round takes: a length and a distance, each with its extra bits.
    constexpr unsigned most_bits = longest_code + 5 + longest_code + 13;
    static_assert(most_bits <= BitReader::guaranteed);
    while (!in.past_end()) {
        in.refill();
        do {
            const Step step = literals.step(in);
            in.skip(step.bits);
            if (step.meaning == Meaning::end) {
                return;
            }
            if (step.meaning == Meaning::copy) {
                in.skip(distances.step(in).bits);
            }
        } while (in.available() >= most_bits);
    }
    malformed();
}

/// The code lengths of a block with codes of its own [3.2.7].
void walk_dynamic_block(BitReader& in) {
    const auto literal_count = static_cast<std::size_t>(in.take(5)) + 257;
    const auto distance_count = static_cast<std::size_t>(in.take(5)) + 1;
    const auto length_count = static_cast<std::size_t>(in.take(4)) + 4;
    static constexpr std::array<std::uint8_t, 19> order = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    std::array<std::uint8_t, order.size()> length_lengths = {};
    for (std::size_t i = 0; i < length_count; ++i) {
        length_lengths.at(order.at(i)) = static_cast<std::uint8_t>(in.take(3));
    }
    const PrefixCode code(length_lengths, describe_literal);
    std::array<std::uint8_t, literal_symbols + distance_symbols> lengths = {};
    const std::size_t wanted = literal_count + distance_count;
    if (literal_count > 286) {
        malformed();
    }
    for (std::size_t filled = 0; filled < wanted;) {
        in.refill();
        const Symbol& found = code.symbol(in);
        in.skip(found.code_bits);
        const unsigned symbol = found.number;
        auto value = static_cast<std::uint8_t>(symbol);
        std::size_t repeat = 1;
        if (symbol == 16) {
            if (filled == 0) {
                malformed();
            }
            value = lengths.at(filled - 1);
            repeat = 3 + static_cast<std::size_t>(in.take(2));
        } else if (symbol == 17) {
            value = 0;
            repeat = 3 + static_cast<std::size_t>(in.take(3));
        } else if (symbol == 18) {
            value = 0;
            repeat = 11 + static_cast<std::size_t>(in.take(7));
        }
        if (filled + repeat > wanted) {
            malformed();
        }
        std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(filled), repeat, value);
        filled += repeat;
    }
    const std::span<const std::uint8_t> all(lengths);
    walk_symbols(in, all.first(literal_count), all.subspan(literal_count, distance_count));
}

/// The code that needs no description [3.2.6].
void walk_fixed_block(BitReader& in) {
    std::array<std::uint8_t, literal_symbols> literal_lengths = {};
    for (std::size_t symbol = 0; symbol < literal_lengths.size(); ++symbol) {
        const bool short_code = symbol >= 256 && symbol < 280;
        const bool long_code = symbol >= 144 && symbol < 256;
        literal_lengths[symbol] = short_code ? 7 : long_code ? 9 : 8;
    }
    std::array<std::uint8_t, distance_symbols> distance_lengths = {};
    distance_lengths.fill(5);
    walk_symbols(in, literal_lengths, distance_lengths);
}

void walk_stored_block(BitReader& in) {
    in.align_to_byte();
    const std::uint64_t length = in.take(16);
    const std::uint64_t inverted = in.take(16);
    if ((length ^ inverted) != 0xFFFF) {
        malformed();
    }
    in.skip_bytes(static_cast<std::size_t>(length));
}

} // namespace

LastBlock find_last_block(std::span<const std::byte> stream) {
    BitReader in(stream);
    for (;;) {
        const std::uint64_t final_bit = in.position();
        const bool last = in.take(1) == 1;
        switch (in.take(2)) {
        case 0:
            walk_stored_block(in);
            break;
        case 1:
            walk_fixed_block(in);
            break;
        case 2:
            walk_dynamic_block(in);
            break;
        default:
            malformed();
        }
        if (in.past_end()) {
            malformed();
        }
        if (last) {
            if ((in.position() + 7) / 8 != stream.size()) {
                malformed();
            }
            return {final_bit, in.position()};
        }
    }
}

} // namespace imgbuild::compress
