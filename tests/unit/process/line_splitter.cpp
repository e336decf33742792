// SPDX-License-Identifier: Apache-2.0
#include "process/line_splitter.hpp"

#include <doctest/doctest.h>

using imgbuild::process::LineSplitter;
using Lines = std::vector<std::string>;

namespace {

Lines split(const std::vector<std::string_view>& pieces) {
    Lines lines;
    LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
    for (const std::string_view piece : pieces) {
        splitter.add(piece);
    }
    splitter.finish();
    return lines;
}

} // namespace

TEST_SUITE("LineSplitter") {
    TEST_CASE("joins pieces and keeps empty lines") {
        CHECK(split({"a", "b\n\nc", "\n"}) == Lines{"ab", "", "c"});
        CHECK(split({"no end"}) == Lines{"no end"});
        CHECK(split({""}).empty());
    }

    TEST_CASE("carriage returns end a line or overwrite what was before") {
        CHECK(split({"a\r\nb\r\r\n"}) == Lines{"a", "b"});
        CHECK(split({" 5%\r10%\rdone\n"}) == Lines{"done"});
    }

    TEST_CASE("long lines come in pieces") {
        const std::string text(LineSplitter::longest_line + 3, 'x');
        const Lines lines = split({text, "\n"});
        REQUIRE(lines.size() == 2);
        CHECK(lines[0].size() == LineSplitter::longest_line);
        CHECK(lines[1] == "xxx");
    }

    TEST_CASE("as long as is asked for") {
        Lines lines;
        LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); }, 5);
        splitter.add("12345678\n");
        CHECK(lines == Lines{"12345", "678"});
    }

    TEST_CASE("remembers the last lines only") {
        LineSplitter splitter(nullptr);
        for (int i = 0; i < 100; ++i) {
            splitter.add(std::to_string(i) + "\n");
        }
        const Lines last = splitter.last_lines();
        REQUIRE(last.size() == LineSplitter::kept_lines);
        CHECK(last.front() == "60");
        CHECK(last.back() == "99");
    }
}
