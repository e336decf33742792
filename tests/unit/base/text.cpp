// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::base;

TEST_CASE("split, split_lines, split_words and trim") {
    CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split("", ',') == std::vector<std::string_view>{""});
    CHECK(split_lines("a\r\nb\n\nc") == std::vector<std::string_view>{"a", "b", "", "c"});
    CHECK(split_lines("").empty());
    CHECK(split_words("  a \t b\n") == std::vector<std::string_view>{"a", "b"});
    CHECK(trim(" a b\n") == "a b");
    CHECK(trim(" \t").empty());
}

TEST_CASE("numbers are decimal and whole") {
    CHECK(parse_number("42") == 42);
    CHECK_FALSE(parse_number(""));
    CHECK_FALSE(parse_number("-1"));
    CHECK_FALSE(parse_number("4x"));
    CHECK_FALSE(parse_number("99999999999999999999"));
}

TEST_CASE("bytes and durations are written for people") {
    CHECK(format_bytes(999) == "999 B");
    CHECK(format_bytes(1000) == "1.00 kB");
    CHECK(format_bytes(12345678) == "12.3 MB");
    CHECK(format_bytes(999'999'999) == "1.00 GB");
    CHECK(format_duration(4.21) == "4.2 s");
    CHECK(format_duration(200) == "3 min 20 s");
    CHECK(format_duration(7300) == "2 h 1 min");
}

TEST_CASE("what could steer a terminal is escaped") {
    CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
    CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
    CHECK(printable("\xc3") == "\\xc3");
    CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
}

TEST_CASE("times are UTC") {
    CHECK(format_utc(0) == "1970-01-01 00:00:00 UTC");
}
