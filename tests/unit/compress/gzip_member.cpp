// SPDX-License-Identifier: Apache-2.0
#include "compress/gzip_member.hpp"

#include "compress/crc32.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

TEST_CASE("a gzip header says nothing about where and when it was made") {
    CHECK(compress::gzip_header() == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
}

TEST_CASE("a gzip member ends with checksum and size modulo 4 GiB") {
    CHECK(
        compress::gzip_end(0x11223344, 0x1'0000'0005) ==
        std::string("\x03\x00\x44\x33\x22\x11\x05\x00\x00\x00", 10));
}

TEST_CASE("checksums are gzip's, and are joined") {
    const std::string text = "123456789";
    const auto bytes = std::as_bytes(std::span(text));
    CHECK(compress::crc32(bytes) == 0xCBF43926);
    CHECK(
        compress::join_crc32(
            compress::crc32(bytes.first(4)), compress::crc32(bytes.subspan(4)), 5) == 0xCBF43926);
    CHECK(compress::join_crc32(0, 0xCBF43926, 9) == 0xCBF43926);
}
