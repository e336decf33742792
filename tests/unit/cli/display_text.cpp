// SPDX-License-Identifier: Apache-2.0
#include "cli/display_text.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::cli;

TEST_CASE("width counts columns, not bytes or characters") {
    CHECK(display_width("") == 0);
    CHECK(display_width("abc") == 3);
    CHECK(display_width("Größe") == 5);
    CHECK(display_width("日本語") == 6);
    CHECK(display_width("한글") == 4);
    CHECK(display_width("😀!") == 3);
    CHECK(display_width("e\u0301") == 1);
}

TEST_CASE("a text that fits is not cut") {
    CHECK(cut_to_width("abcdef", 6) == "abcdef");
    CHECK(cut_to_width("日本", 4) == "日本");
    CHECK(cut_to_width("", 0).empty());
}

TEST_CASE("a longer text ends in dots and keeps to its width") {
    CHECK(cut_to_width("abcdefgh", 7) == "abcd...");
    CHECK(cut_to_width("äöüäöüäö", 7) == "äöüä...");
    // A wide character is left out whole.
    CHECK(cut_to_width("日本語文字", 8) == "日本...");
    CHECK(cut_to_width("abcdefgh", 3) == "abc");
    CHECK(cut_to_width("abcdefgh", 1) == "a");
    CHECK(cut_to_width("日本", 1).empty());
    CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("text is wrapped at blanks") {
    using Lines = std::vector<std::string>;
    CHECK(wrap("one two three", 7) == Lines{"one two", "three"});
    CHECK(wrap("one two three", 80) == Lines{"one two three"});
    CHECK(wrap("a extraordinary b", 5) == Lines{"a", "extra", "ordin", "ary b"});
    CHECK(wrap("see ALPHA,BETA,GAMMA,DELTA", 12) == Lines{"see", "ALPHA,BETA,", "GAMMA,DELTA"});
    CHECK(wrap("日本語", 1) == Lines{"日", "本", "語"});
    CHECK(wrap("one\n\ntwo", 80) == Lines{"one", "", "two"});
    CHECK(wrap("日本 語文", 6) == Lines{"日本", "語文"});
    CHECK(wrap("", 10) == Lines{""});
}
