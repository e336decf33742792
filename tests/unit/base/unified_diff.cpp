// SPDX-License-Identifier: Apache-2.0
#include "base/unified_diff.hpp"

#include <doctest/doctest.h>

#include <string>

using imgbuild::base::unified_diff;

namespace {

/// The numbers from 1 to `last`, a line each, one of them replaced.
std::string numbers(int last, int changed = 0, const std::string& change = "") {
    std::string text;
    for (int i = 1; i <= last; ++i) {
        text += i == changed ? change : std::to_string(i) + "\n";
    }
    return text;
}

} // namespace

TEST_CASE("equal texts have no difference") {
    CHECK(unified_diff("", "", "a", "b").empty());
    CHECK(unified_diff("a\n", "a\n", "a", "b").empty());
}

TEST_CASE("a change stands between three lines on each side") {
    CHECK(
        unified_diff(numbers(9), numbers(9, 5, "x\ny\n"), "old", "new") ==
        "--- old\n+++ new\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+x\n+y\n 6\n 7\n 8\n");
    CHECK(
        unified_diff(numbers(5), numbers(5, 1, ""), "o", "n") ==
        "--- o\n+++ n\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n");
    CHECK(
        unified_diff(numbers(5), numbers(6), "o", "n") ==
        "--- o\n+++ n\n@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+6\n");
}

TEST_CASE("changes that are near each other stand together") {
    const auto both = [](int second) {
        std::string text = numbers(20, 3, "x\n");
        const std::string line = "\n" + std::to_string(second) + "\n";
        return text.replace(text.find(line), line.size(), "\ny\n");
    };
    CHECK(
        unified_diff(numbers(20), both(10), "o", "n") ==
        "--- o\n+++ n\n@@ -1,13 +1,13 @@\n 1\n 2\n-3\n+x\n 4\n 5\n 6\n 7\n 8\n 9\n-10\n+y\n 11\n "
        "12\n 13\n");
    CHECK(
        unified_diff(numbers(20), both(11), "o", "n") ==
        "--- o\n+++ n\n@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+x\n 4\n 5\n 6\n"
        "@@ -8,7 +8,7 @@\n 8\n 9\n 10\n-11\n+y\n 12\n 13\n 14\n");
}

TEST_CASE("texts that begin or end with nothing") {
    CHECK(unified_diff("", "a\n", "o", "n") == "--- o\n+++ n\n@@ -0,0 +1 @@\n+a\n");
    CHECK(unified_diff("a\nb\n", "", "o", "n") == "--- o\n+++ n\n@@ -1,2 +0,0 @@\n-a\n-b\n");
    CHECK(
        unified_diff("a", "a\n", "o", "n") ==
        "--- o\n+++ n\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}
