// SPDX-License-Identifier: Apache-2.0
#include "compress/deflate_walk.hpp"

#include "base/error.hpp"
#include "compress/bit_reader.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

using namespace imgbuild;

namespace {

/// A raw deflate stream by zlib, another implementation than the encoders'.
std::string zlib_deflate(const std::string& text, int level, int strategy) {
    z_stream stream = {};
    REQUIRE(deflateInit2(&stream, level, Z_DEFLATED, -15, 9, strategy) == Z_OK);
    std::string output(deflateBound(&stream, text.size()) + 64, '\0');
    std::string input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    output.resize(stream.total_out);
    deflateEnd(&stream);
    return output;
}

/// What zlib makes of the start of a stream: all bytes, and whether it saw the end.
std::pair<std::string, bool> zlib_inflate(const std::string& stream_bytes, std::size_t most) {
    z_stream stream = {};
    REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    std::string input = stream_bytes;
    std::string output(most + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    output.resize(stream.total_out);
    inflateEnd(&stream);
    return {output, result == Z_STREAM_END};
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

} // namespace

TEST_CASE("the last block is the one whose final bit keeps a stream from going on") {
    for (const auto& [name, text] : test::samples()) {
        for (const int level : {0, 1, 6, 9}) {
            for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE}) {
                CAPTURE(name);
                CAPTURE(level);
                CAPTURE(strategy);
                std::string stream = zlib_deflate(text, level, strategy);
                const auto last = compress::find_last_block(bytes_of(stream));
                CHECK((last.end + 7) / 8 == stream.size());
                const auto byte = static_cast<std::size_t>(last.final_bit / 8);
                const auto mask = 1U << static_cast<unsigned>(last.final_bit % 8);
                CHECK((static_cast<unsigned char>(stream[byte]) & mask) != 0);
                stream[byte] = static_cast<char>(static_cast<unsigned char>(stream[byte]) & ~mask);
                const auto [output, ended] = zlib_inflate(stream, text.size());
                CHECK_FALSE(ended);
                CHECK(output == text);
            }
        }
    }
}

TEST_CASE("a stream that is cut short or goes on is refused") {
    const std::string stream = zlib_deflate(test::words(100'000), 6, Z_DEFAULT_STRATEGY);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, stream.size() / 2, stream.size() - 1}) {
        CAPTURE(size);
        CHECK_THROWS_AS(compress::find_last_block(bytes_of(stream.substr(0, size))), base::Error);
    }
    CHECK_THROWS_AS(compress::find_last_block(bytes_of(stream + "x")), base::Error);
}

TEST_CASE("malformed streams are refused, whatever they hold") {
    CHECK_THROWS_AS(compress::find_last_block(bytes_of("\x07")), base::Error);
    CHECK_THROWS_AS(
        compress::find_last_block(bytes_of(std::string("\x01\x05\x00\x00\x00hello", 10))),
        base::Error);
    std::size_t refused = 0;
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        std::string garbage = test::noise(200, seed);
        // A last block with codes of its own: most garbage must fail in its description.
        garbage[0] = static_cast<char>((static_cast<unsigned char>(garbage[0]) & ~7U) | 5U);
        try {
            compress::find_last_block(bytes_of(garbage));
        } catch (const base::Error&) {
            ++refused;
        }
    }
    CHECK(refused > 2990);
}

TEST_CASE("bits come least significant first, and zeros behind the end") {
    const std::string text = "\xA5\x01";
    compress::BitReader in(bytes_of(text));
    CHECK(in.take(4) == 0x5);
    CHECK(in.take(5) == 0x1A);
    CHECK(in.position() == 9);
    CHECK(in.take(9) == 0);
    CHECK(in.position() == 18);
    CHECK(in.past_end());
}
