// SPDX-License-Identifier: Apache-2.0
#include "compress/stream_decoder.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

using namespace imgbuild;
using compress::Codec;

namespace {

compress::ByteSource source_of(std::string bytes, std::size_t piece) {
    return [bytes = std::move(bytes), piece, at = std::size_t{0}](
               std::span<std::byte> buffer) mutable {
        const std::size_t size = std::min({bytes.size() - at, piece, buffer.size()});
        std::memcpy(buffer.data(), bytes.data() + at, size);
        at += size;
        return size;
    };
}

std::string gzip(const std::string& text) {
    z_stream stream = {};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string result(deflateBound(&stream, text.size()) + 64, '\0');
    std::string copy = text;
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

std::string decode(const std::string& bytes, std::size_t piece, std::size_t room) {
    const auto decoder = compress::make_stream_decoder(source_of(bytes, piece), "s");
    std::string result;
    std::string buffer(room, '\0');
    for (;;) {
        const std::size_t got = decoder->read(std::as_writable_bytes(std::span(buffer)));
        if (got == 0) {
            return result;
        }
        result.append(buffer.data(), got);
    }
}

std::string sample() {
    std::string text;
    for (int i = 0; i < 20000; ++i) {
        text += std::to_string(i * 7919 % 10007) + "\n";
    }
    return text;
}

} // namespace

TEST_SUITE("stream decoder") {
    TEST_CASE("pieces of any size, on both sides, give the same bytes") {
        const std::string text = sample();
        const std::string members = gzip(text) + gzip("") + gzip("more") + std::string(3, '\0');
        for (const std::size_t piece : {1UL, 7UL, 511UL, 65536UL, 1'000'000UL}) {
            for (const std::size_t room : {1UL, 300UL, 262144UL}) {
                if (piece + room > 2) {
                    CHECK(decode(members, piece, room) == text + "more");
                    CHECK(decode(text, piece, room) == text);
                }
            }
        }
    }

    TEST_CASE("every way to cut a gzip stream short is found") {
        const std::string whole = gzip("some text that is not long");
        for (std::size_t size = 4; size < whole.size(); ++size) {
            CHECK_THROWS_WITH_AS(
                decode(whole.substr(0, size), 5, 100),
                "s: the gzip stream is cut short",
                base::Error);
        }
    }

    TEST_CASE("every changed bit behind the header of a gzip stream that matters is found") {
        const std::string text = "some text that is not long";
        const std::string whole = gzip(text);
        int harmless = 0;
        for (std::size_t at = 10; at < whole.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                std::string damaged = whole;
                damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
                try {
                    const std::string decoded = decode(damaged, 1000, 1000);
                    REQUIRE(decoded == text);
                    ++harmless;
                } catch (const base::Error&) {
                    continue;
                }
            }
        }
        // What fills the last byte of the deflate stream means nothing.
        CHECK(harmless < 8);
    }

    TEST_CASE("how a stream is compressed is told from its first bytes") {
        const auto codec_of = [](const std::string& bytes) {
            return compress::codec_of(std::as_bytes(std::span(bytes)));
        };
        CHECK(codec_of("\x1f\x8b\x08...") == Codec::gzip);
        CHECK(codec_of("\x28\xb5\x2f\xfd") == Codec::zstd);
        CHECK(codec_of("\x5f*M\x18") == Codec::zstd);
        CHECK(codec_of("etc/passwd") == Codec::none);
        CHECK(codec_of("") == Codec::none);
        CHECK(decode("", 10, 10).empty());
    }
}
