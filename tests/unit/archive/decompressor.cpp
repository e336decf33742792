// SPDX-License-Identifier: Apache-2.0
#include "archive/decompressor.hpp"

#include "base/file.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::archive;
using test::compressed;

TEST_CASE("decompress_file gives the content, up to its limit") {
    const test::TemporaryDirectory directory;
    const std::string text(100'000, 'a');
    for (const char* const filter : {"gzip", "xz", "zstd", "bzip2", "lz4", "none"}) {
        CAPTURE(std::string(filter));
        const std::string path = directory / filter;
        const bool plain = std::string(filter) == "none";
        const std::string bytes = plain ? text : compressed(text, filter);
        base::replace_file(path, bytes);
        CHECK(decompress_file(path, text.size()) == text);
        CHECK_THROWS_WITH(
            decompress_file(path, text.size() - 1),
            (path + " holds more than 99999 bytes").c_str());
        if (!plain) {
            base::replace_file(path, bytes.substr(0, bytes.size() / 2));
            CHECK_THROWS_WITH(
                decompress_file(path, text.size()),
                doctest::Contains((path + " is damaged or cut short").c_str()));
        }
    }
    base::replace_file(directory / "empty", "");
    CHECK(decompress_file(directory / "empty", 10).empty());
    base::replace_file(directory / "plain", "Package: x\n");
    CHECK(decompress_file(directory / "plain", 100) == "Package: x\n");
}
