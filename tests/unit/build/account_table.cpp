// SPDX-License-Identifier: Apache-2.0
#include "build/account_table.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using build::AccountTable;

TEST_SUITE("account_table") {
    TEST_CASE("lines that are no records stay as they are") {
        const std::string text = "root:x:0:0:root:/root:/bin/bash\n# a comment\n\n+\n";
        CHECK(AccountTable(text, 7).text() == text);
        CHECK(AccountTable("", 7).text().empty());
    }

    TEST_CASE("short records are filled up, long ones keep what they have") {
        AccountTable table("a:x\nb:1:2:3:4\n", 4);
        CHECK(table.text() == "a:x::\nb:1:2:3:4\n");
        REQUIRE(table.find("a") != nullptr);
        table.find("a")->at(3) = "m";
        CHECK(table.text() == "a:x::m\nb:1:2:3:4\n");
        CHECK(table.find("x") == nullptr);
        CHECK(table.find("") == nullptr);
    }

    TEST_CASE("names of ids") {
        const AccountTable table("a:x:7\nb:x:007\nc:x:no\n", 3);
        CHECK(table.name_of_id(2, 7) == "a");
        CHECK_FALSE(table.name_of_id(2, 8).has_value());
        CHECK_FALSE(table.name_of_id(9, 7).has_value());
    }

    TEST_CASE("a free id is above the highest, else the lowest gap") {
        const auto free = [](const std::string& text) {
            return AccountTable(text, 3).free_id(2, 1000, 1003);
        };
        CHECK(free("") == 1000);
        CHECK(free("low:x:999\nhigh:x:1004\n") == 1000);
        CHECK(free("a:x:1000\nb:x:1002\n") == 1003);
        CHECK(free("a:x:1000\nb:x:1003\n") == 1001);
        CHECK(free("a:x:1000\nb:x:1001\nc:x:1003\n") == 1002);
        CHECK_FALSE(free("a:x:1000\nb:x:1001\nc:x:1002\nd:x:1003\n").has_value());
    }
}
