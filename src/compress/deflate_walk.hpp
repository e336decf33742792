// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace imgbuild::compress {

/// Where the last block of a raw deflate stream stands, in bits from the stream's start; bits count
/// from the least significant one of each byte, as deflate does.
struct LastBlock {
    /// The bit that says "no block follows".
    std::uint64_t final_bit = 0;
    /// The first bit behind the block.
    std::uint64_t end = 0;
};

/// Reads through a whole deflate stream without decompressing it, several times as fast as that.
/// @throws base::Error if the stream is malformed, or does not end in the last of its bytes.
LastBlock find_last_block(std::span<const std::byte> stream);

} // namespace imgbuild::compress
