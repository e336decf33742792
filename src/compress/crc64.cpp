// SPDX-License-Identifier: Apache-2.0
#include "compress/crc64.hpp"

#include <isa-l/crc64.h>

namespace imgbuild::compress {

std::uint64_t crc64_iso(std::uint64_t before, std::span<const std::byte> bytes) {
    return crc64_iso_refl(
        before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

} // namespace imgbuild::compress
