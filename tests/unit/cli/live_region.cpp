// SPDX-License-Identifier: Apache-2.0
#include "cli/live_region.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::cli;

TEST_CASE("the cursor is hidden with the first line and shown after the last") {
    LiveRegion region;
    CHECK(region.is_empty());
    CHECK(region.update({}, {{"one", 3}, {"two", 3}}, 80) == "\x1b[?25lone\x1b[K\ntwo\x1b[K\n");
    CHECK_FALSE(region.is_empty());
    CHECK(region.update({}, {}, 80) == "\r\x1b[2A\x1b[J\x1b[?25h");
    CHECK(region.is_empty());
}

TEST_CASE("lines are overwritten, not cleared first") {
    LiveRegion region;
    region.update({}, {{"one", 3}, {"two", 3}}, 80);
    CHECK(region.update({}, {{"three", 5}}, 80) == "\r\x1b[2Athree\x1b[K\n\x1b[J");
}

TEST_CASE("an unchanged region writes nothing") {
    LiveRegion region;
    CHECK(region.update({}, {}, 80).empty());
    region.update({}, {{"one", 3}}, 80);
    CHECK(region.update({}, {{"one", 3}}, 80).empty());
    CHECK_FALSE(region.update({}, {{"one", 3}}, 79).empty());
}

TEST_CASE("what stays is put above the region") {
    LiveRegion region;
    CHECK(region.update({"kept"}, {}, 80) == "\x1b[Jkept\n");
    region.update({}, {{"live", 4}}, 80);
    CHECK(
        region.update({"kept", "too"}, {{"live", 4}}, 80) ==
        "\r\x1b[1A\x1b[Jkept\ntoo\nlive\x1b[K\n\x1b[J");
}

TEST_CASE("a terminal that became narrower has broken the lines") {
    LiveRegion region;
    region.update({}, {{std::string(70, 'x'), 70}, {"", 0}, {"short", 5}}, 80);
    // 70 columns take three rows of 30.
    CHECK(region.update({}, {{"x", 1}}, 30) == "\r\x1b[5Ax\x1b[K\n\x1b[J");
}
