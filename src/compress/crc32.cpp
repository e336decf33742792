// SPDX-License-Identifier: Apache-2.0
#include "compress/crc32.hpp"

#include <libdeflate.h>
#include <zlib.h>

namespace imgbuild::compress {

std::uint32_t crc32(std::span<const std::byte> bytes) {
    return libdeflate_crc32(0, bytes.data(), bytes.size());
}

std::uint32_t join_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
    return static_cast<std::uint32_t>(
        ::crc32_combine64(first, second, static_cast<z_off64_t>(second_size)));
}

} // namespace imgbuild::compress
