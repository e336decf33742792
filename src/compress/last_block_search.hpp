// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/deflate_walk.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace imgbuild::compress {

/// Finds the last block of a complete deflate stream from its end, without reading what stands
/// before it: the nearest place to the end that reads as the start of a last block with codes of its
/// own, whose symbols reach exactly to the stream's end and decompress to exactly the end of
/// `content`. By chance that happens as often as a thousand guessed bytes are right; where there is
/// less to go by, nothing is found.
/// @param content what the stream decompresses to.
/// @returns nothing if the block is short, stored, written in the fixed code, or larger than any
///          encoder makes it: then find_last_block finds it.
std::optional<LastBlock>
search_last_block(std::span<const std::byte> stream, std::span<const std::byte> content);

} // namespace imgbuild::compress
