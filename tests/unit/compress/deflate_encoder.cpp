// SPDX-License-Identifier: Apache-2.0
#include "compress/deflate_encoder.hpp"

#include "compress/crc32.hpp"
#include "compress/gzip_member.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <array>
#include <cstring>

using namespace imgbuild;
using compress::DeflateEffort;

namespace {

constexpr std::array efforts = {DeflateEffort::fast, DeflateEffort::standard, DeflateEffort::small};

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

/// Decompresses one gzip member that must end with the file.
std::string gunzip(const std::string& file, std::size_t size) {
    z_stream stream = {};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    std::string input = file;
    std::string output(size + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    CHECK(stream.avail_in == 0);
    output.resize(stream.total_out);
    inflateEnd(&stream);
    return output;
}

} // namespace

TEST_CASE("pieces behind each other are one gzip member") {
    for (const DeflateEffort effort : efforts) {
        CAPTURE(compress::deflate_encoder_name(effort));
        const auto encoder = compress::make_deflate_encoder(effort);
        std::string all;
        std::string file = compress::gzip_header();
        std::uint32_t crc = 0;
        for (const auto& [name, text] : test::samples()) {
            file += encoder->encode(bytes_of(text));
            crc = compress::join_crc32(crc, compress::crc32(bytes_of(text)), text.size());
            all += text;
        }
        file += compress::gzip_end(crc, all.size());
        CHECK(file.size() < all.size() / 2);
        CHECK(gunzip(file, all.size()) == all);
    }
}

TEST_CASE("a piece depends on its bytes alone") {
    for (const DeflateEffort effort : efforts) {
        CAPTURE(compress::deflate_encoder_name(effort));
        const auto used = compress::make_deflate_encoder(effort);
        for (const auto& [name, text] : test::samples()) {
            CAPTURE(name);
            const std::string wanted =
                compress::make_deflate_encoder(effort)->encode(bytes_of(text));
            for (const std::size_t shift : {1U, 7U, 33U}) {
                // Elsewhere in memory, behind other bytes, by an encoder that has a past.
                const std::string moved = test::noise(shift, shift) + text;
                CHECK(used->encode(bytes_of(moved).subspan(shift)) == wanted);
            }
        }
    }
}

TEST_CASE("incompressible bytes hardly grow") {
    const std::string text = test::noise(1 << 20);
    for (const DeflateEffort effort : efforts) {
        const auto encoder = compress::make_deflate_encoder(effort);
        CHECK(encoder->encode(bytes_of(text)).size() < text.size() + text.size() / 1000);
    }
}

TEST_CASE("more effort gives fewer bytes") {
    const std::string text = test::words(200'000);
    std::array<std::size_t, 3> sizes = {};
    for (std::size_t i = 0; i < efforts.size(); ++i) {
        sizes.at(i) = compress::make_deflate_encoder(efforts.at(i))->encode(bytes_of(text)).size();
    }
    CHECK(sizes[0] > sizes[1]);
    CHECK(sizes[1] > sizes[2]);
}

TEST_CASE("encoders have different names") {
    CHECK(
        compress::deflate_encoder_name(DeflateEffort::fast) !=
        compress::deflate_encoder_name(DeflateEffort::standard));
    CHECK(
        compress::deflate_encoder_name(DeflateEffort::standard) !=
        compress::deflate_encoder_name(DeflateEffort::small));
}
