// SPDX-License-Identifier: Apache-2.0
#include "description/codes.hpp"

#include "base/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace imgbuild;
using namespace imgbuild::description;

TEST_CASE("codes have one name each, and an explanation of whole sentences") {
    REQUIRE(codes().size() > 60);
    for (const CodeInfo& info : codes()) {
        CAPTURE(std::string(info.code));
        CHECK(info.code.size() == 4);
        CHECK(base::to_lower(info.name) == info.name);
        CHECK(info.explanation.size() > 20);
        const std::string text = plain_explanation(info);
        CHECK(text.find("```") == std::string::npos);
        for (const std::string_view line : base::split_lines(text)) {
            CHECK(line.size() <= 84);
        }
        const auto is_same = [&](const CodeInfo& other) {
            return other.name == info.name || other.code == info.code;
        };
        CHECK(std::count_if(codes().begin(), codes().end(), is_same) == 1);
    }
}

TEST_CASE("a code is found by code and by name") {
    REQUIRE(find_code("e114") != nullptr);
    CHECK(find_code("e114")->name == "duplicate-attribute");
    CHECK(find_code("duplicate-attribute") == find_code("E114"));
    CHECK(
        plain_explanation(*find_code("E114")) ==
        "An element has the same attribute twice. Remove one of them.\n");
    CHECK(find_code("E999") == nullptr);
    CHECK(find_code("") == nullptr);
}

TEST_CASE("examples are indented") {
    const std::string text = plain_explanation(*find_code("E105"));
    CHECK(text.find("\n    <type image=\"warewulf\"/>  <!-- right -->\n") != std::string::npos);
}
