// SPDX-License-Identifier: Apache-2.0
#include "compress/gzip_member.hpp"

namespace imgbuild::compress {

namespace {

void append_little_endian(std::string& text, std::uint32_t value) {
    for (unsigned byte = 0; byte < 4; ++byte) {
        text += static_cast<char>(value >> (8 * byte) & 0xFFU);
    }
}

} // namespace

std::string gzip_header() {
    // Magic, deflate, no flags, no time, no hint on the effort, unknown system (RFC 1952).
    return {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};
}

std::string gzip_end(std::uint32_t crc, std::uint64_t size) {
    // A last block with the fixed code and nothing but its end.
    std::string text = {3, 0};
    append_little_endian(text, crc);
    append_little_endian(text, static_cast<std::uint32_t>(size & 0xFFFFFFFFU));
    return text;
}

} // namespace imgbuild::compress
