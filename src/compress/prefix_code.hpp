// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/bit_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace imgbuild::compress {

/// What a symbol of a deflate block stands for.
enum class Meaning : std::uint8_t { literal, copy, end, unknown };

/// What the next bits say, and how many of them are behind us then, extra bits included.
struct Step {
    std::uint8_t bits = 0;
    Meaning meaning = Meaning::unknown;
};

struct Symbol {
    std::uint16_t number = 0;
    std::uint8_t code_bits = 0;
    /// With the extra bits.
    Step step;
};

/// A canonical prefix code of deflate (RFC 1951, 3.2.2). Codes of up to `table_bits` bits are found
/// by one look into a table.
class PrefixCode {
public:
    static constexpr unsigned longest_code = 15;
    static constexpr unsigned table_bits = 11;
    static constexpr std::size_t most_symbols = 288;

    /// @param lengths of the symbols' codes, at most `longest_code`; 0: the symbol does not occur.
    /// @param describe what a symbol means, and how many extra bits follow its code.
    PrefixCode(std::span<const std::uint8_t> lengths, Step (*describe)(std::size_t symbol));

    /// False if the lengths are those of no prefix code; nothing else may be asked then.
    bool is_valid() const noexcept { return unused_ >= 0; }

    /// True if every sequence of bits is one of symbols.
    bool is_complete() const noexcept { return unused_ == 0; }

    /// Lets one step consume all literals that fit into the table's bits, and what follows them.
    void join_literals();

    /// The step that the available bits begin with; at least `longest_code` of them are there. Its
    /// meaning is unknown if no symbol has this code.
    Step step(const BitReader& in) const {
        const Step step = steps_[in.peek(table_bits)];
        if (step.meaning != Meaning::unknown) {
            return step;
        }
        const Symbol* const found = symbol(in);
        return found != nullptr ? found->step : Step();
    }

    /// The symbol that the available bits begin with, found bit by bit; nullptr if there is none.
    const Symbol* symbol(const BitReader& in) const {
        unsigned code = 0;
        for (unsigned length = 1; length <= longest_code; ++length) {
            code = code << 1U | static_cast<unsigned>(in.peek(length) >> (length - 1));
            if (code - first_code_[length] < counts_[length]) {
                return &symbols_[first_index_[length] + (code - first_code_[length])];
            }
        }
        return nullptr;
    }

private:
    void count_codes(std::span<const std::uint8_t> lengths);
    void enter(unsigned code, const Symbol& symbol);

    std::array<Step, std::size_t{1} << table_bits> steps_ = {};
    std::array<std::uint8_t, std::size_t{1} << table_bits> code_bits_ = {};
    std::array<Symbol, most_symbols> symbols_ = {};
    /// By length: how many codes there are, the first of them, and its index in symbols_.
    std::array<std::uint16_t, longest_code + 1> counts_ = {};
    std::array<unsigned, longest_code + 1> first_code_ = {};
    std::array<std::uint16_t, longest_code + 1> first_index_ = {};
    /// Codes of the longest length that no symbol has; negative if there are too many symbols.
    int unused_ = 1 << longest_code;
};

} // namespace imgbuild::compress
