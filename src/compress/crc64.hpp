// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace imgbuild::compress {

/// CRC-64 with ISO 3309's polynomial, as Go's hash/crc64 computes it.
/// @param before the checksum of what came before; 0 at the start.
std::uint64_t crc64_iso(std::uint64_t before, std::span<const std::byte> bytes);

} // namespace imgbuild::compress
