// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace imgbuild::compress {

/// What stands before the deflate blocks of a gzip member: no name, no time, no operating system.
std::string gzip_header();

/// What stands behind byte-aligned deflate blocks none of which is the last: an empty last block, and
/// gzip's checksum and size.
/// @param size of all that was compressed.
std::string gzip_end(std::uint32_t crc, std::uint64_t size);

} // namespace imgbuild::compress
