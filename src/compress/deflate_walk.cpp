// SPDX-License-Identifier: Apache-2.0
#include "compress/deflate_walk.hpp"

#include "base/error.hpp"
#include "compress/bit_reader.hpp"
#include "compress/block_codes.hpp"

namespace imgbuild::compress {

namespace {

[[noreturn]] void malformed() {
    throw base::Error("a compressed chunk is not a deflate stream");
}

void walk_symbols(BitReader& in, const BlockCodes& codes) {
    PrefixCode literals = codes.literal_code();
    const PrefixCode distances = codes.distance_code();
    if (!literals.is_valid() || !distances.is_valid()) {
        malformed();
    }
    literals.join_literals();
    // The most that one round takes: a length and a distance, each with its extra bits.
    constexpr unsigned most_bits = PrefixCode::longest_code + 5 + PrefixCode::longest_code + 13;
    static_assert(most_bits <= BitReader::guaranteed);
    while (!in.past_end()) {
        in.refill();
        do {
            const Step step = literals.step(in);
            in.skip(step.bits);
            if (step.meaning == Meaning::copy) {
                const Step distance = distances.step(in);
                if (distance.meaning == Meaning::unknown) {
                    malformed();
                }
                in.skip(distance.bits);
            } else if (step.meaning == Meaning::end) {
                return;
            } else if (step.meaning == Meaning::unknown) {
                malformed();
            }
        } while (in.available() >= most_bits);
    }
    malformed();
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

void walk_block(BitReader& in, std::uint64_t type) {
    BlockCodes codes;
    switch (type) {
    case 0:
        walk_stored_block(in);
        return;
    case 1:
        walk_symbols(in, BlockCodes::fixed());
        return;
    case 2:
        if (!codes.read(in)) {
            malformed();
        }
        walk_symbols(in, codes);
        return;
    default:
        malformed();
    }
}

} // namespace

LastBlock find_last_block(std::span<const std::byte> stream) {
    BitReader in(stream);
    for (;;) {
        const std::uint64_t final_bit = in.position();
        const bool last = in.take(1) == 1;
        walk_block(in, in.take(2));
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
