// SPDX-License-Identifier: Apache-2.0
#include "compress/last_block_search.hpp"

#include "samples.hpp"

#include <doctest/doctest.h>
#include <libdeflate.h>

#include <memory>

using namespace imgbuild;

namespace {

std::string deflate(const std::string& text, int level) {
    const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
        libdeflate_alloc_compressor(level), libdeflate_free_compressor);
    std::string output(libdeflate_deflate_compress_bound(compressor.get(), text.size()), '\0');
    output.resize(libdeflate_deflate_compress(
        compressor.get(), text.data(), text.size(), output.data(), output.size()));
    return output;
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

} // namespace

TEST_CASE("the search finds what the walk finds, or nothing") {
    for (const auto& [name, text] : test::samples()) {
        for (const int level : {1, 2, 6, 7, 9, 12}) {
            CAPTURE(name);
            CAPTURE(level);
            const std::string stream = deflate(text, level);
            const auto found = compress::search_last_block(bytes_of(stream), bytes_of(text));
            const auto wanted = compress::find_last_block(bytes_of(stream));
            if (name == "words") {
                CHECK(found.has_value());
            }
            if (found) {
                CHECK(found->final_bit == wanted.final_bit);
                CHECK(found->end == wanted.end);
            }
        }
    }
}

TEST_CASE("nothing is found where there is little to go by") {
    const std::string zeros(1'000'000, '\0');
    CHECK_FALSE(compress::search_last_block(bytes_of(deflate(zeros, 6)), bytes_of(zeros)));
    const std::string few = test::words(700);
    CHECK_FALSE(compress::search_last_block(bytes_of(deflate(few, 6)), bytes_of(few)));
    CHECK_FALSE(compress::search_last_block({}, {}));
}

TEST_CASE("a stream that stands in a stored block is not taken for the outer one") {
    // Deflate streams can't be compressed again: they are stored, and end as the content does.
    const std::string content = test::noise(50'000) + deflate(test::words(400'000), 6);
    const std::string stream = deflate(content, 6);
    CHECK_FALSE(compress::search_last_block(bytes_of(stream), bytes_of(content)));
}

TEST_CASE("a block of other content is not taken") {
    const std::string text = test::words(100'000);
    std::string other = text;
    other[other.size() - 20'000] ^= 1;
    const std::string stream = deflate(text, 6);
    REQUIRE(compress::search_last_block(bytes_of(stream), bytes_of(text)).has_value());
    CHECK_FALSE(compress::search_last_block(bytes_of(stream), bytes_of(other)));
    CHECK_FALSE(
        compress::search_last_block(bytes_of(stream.substr(0, stream.size() - 9)), bytes_of(text)));
}
