// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace imgbuild::compress {

/// gzip's checksum of `bytes`.
std::uint32_t crc32(std::span<const std::byte> bytes);

/// The checksum of two texts behind each other.
/// @param first, second their checksums. @param second_size bytes of the second.
std::uint32_t join_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t second_size);

} // namespace imgbuild::compress
