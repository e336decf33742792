// SPDX-License-Identifier: Apache-2.0
#include "compress/prefix_code.hpp"

namespace imgbuild::compress {

PrefixCode::PrefixCode(
    std::span<const std::uint8_t> lengths, Step (*describe)(std::size_t symbol)) {
    count_codes(lengths);
    if (!is_valid()) {
        return;
    }
    std::array<std::uint16_t, longest_code + 1> next = first_index_;
    std::array<unsigned, longest_code + 1> code = first_code_;
    for (std::size_t number = 0; number < lengths.size(); ++number) {
        const unsigned length = lengths[number];
        if (length == 0) {
            continue;
        }
        Step step = describe(number);
        step.bits = static_cast<std::uint8_t>(step.bits + length);
        Symbol& symbol = symbols_.at(next.at(length)++);
        symbol = {static_cast<std::uint16_t>(number), static_cast<std::uint8_t>(length), step};
        enter(code.at(length)++, symbol);
    }
}

void PrefixCode::count_codes(std::span<const std::uint8_t> lengths) {
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
        unused_ -= static_cast<int>(counts_[length]) << (longest_code - length);
    }
}

void PrefixCode::enter(unsigned code, const Symbol& symbol) {
    const unsigned length = symbol.code_bits;
    if (length > table_bits) {
        return;
    }
    // Codes come with their most significant bit first.
    std::size_t reversed = 0;
    for (unsigned bit = 0; bit < length; ++bit) {
        reversed |= std::size_t{code >> bit & 1U} << (length - 1 - bit);
    }
    for (std::size_t i = reversed; i < steps_.size(); i += std::size_t{1} << length) {
        steps_[i] = symbol.step;
        code_bits_[i] = symbol.code_bits;
    }
}

void PrefixCode::join_literals() {
    const auto single = steps_;
    for (std::size_t bits = 0; bits < steps_.size(); ++bits) {
        Step step = single[bits];
        while (step.meaning == Meaning::literal && step.bits < table_bits) {
            const std::size_t rest = bits >> step.bits;
            const Step& next = single[rest];
            // What was shifted in are no bits of the stream.
            if (next.meaning == Meaning::unknown || code_bits_[rest] > table_bits - step.bits) {
                break;
            }
            step = {static_cast<std::uint8_t>(step.bits + next.bits), next.meaning};
        }
        steps_[bits] = step;
    }
}

} // namespace imgbuild::compress
