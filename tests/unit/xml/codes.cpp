// SPDX-License-Identifier: Apache-2.0
#include "xml/codes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace imgbuild;

TEST_CASE("codes are in order, each once, and explained") {
    const auto& table = xml::codes();
    REQUIRE_FALSE(table.empty());
    for (std::size_t i = 0; i < table.size(); ++i) {
        CAPTURE(std::string(table[i].code));
        CHECK((i == 0 || table[i - 1].code < table[i].code));
        CHECK(table[i].code.size() == 4);
        CHECK_FALSE(table[i].name.empty());
        CHECK(table[i].explanation.back() == '.');
        const auto same_name = std::count_if(table.begin(), table.end(), [&](const auto& other) {
            return other.name == table[i].name;
        });
        CHECK(same_name == 1);
    }
}
