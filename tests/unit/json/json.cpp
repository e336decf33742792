// SPDX-License-Identifier: Apache-2.0
#include "json/json.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace imgbuild;

namespace {

std::string message_of(std::string_view text) {
    try {
        (void)json::parse(text, "some.json");
    } catch (const base::Error& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("members keep their order and a dump ends with a newline") {
    const json::Value value = json::parse(R"({"z": 1, "a": [true, null], "m": "ü"})", "x");
    CHECK(
        json::dump(value) ==
        "{\n  \"z\": 1,\n  \"a\": [\n    true,\n    null\n  ],\n  \"m\": \"ü\"\n}\n");
}

TEST_CASE("a syntax error names file, line and column once, counted in characters") {
    CHECK(
        message_of("{\n  \"ü\" 5\n}") ==
        "some.json:2:7: not valid JSON: syntax error while parsing object separator - "
        "unexpected number literal; expected ':'");
    try {
        (void)json::parse("{\n  \"a\": x}", "some.json");
        FAIL("must throw");
    } catch (const base::Error& error) {
        CHECK(std::string_view(error.what()).starts_with("some.json:2:8: not valid JSON: "));
        CHECK_FALSE(error.position().has_value());
    }
}

TEST_CASE("an empty or cut document is an error") {
    CHECK(
        message_of("") == "some.json:1:1: not valid JSON: syntax error while parsing value - "
                          "unexpected end of input; "
                          "expected '[', '{', or a literal");
    CHECK(message_of("[1, 2").find("some.json:1:6: not valid JSON") == 0);
    CHECK(message_of("{} {}").find("some.json:1:4: not valid JSON") == 0);
}

TEST_CASE("nesting is bounded") {
    CHECK_NOTHROW(json::parse(std::string(150, '[') + std::string(150, ']'), "x"));
    CHECK(message_of(std::string(100'000, '[')) == "some.json: not valid JSON: nested too deeply");
}

TEST_CASE("a member that stands twice can be an error") {
    CHECK(json::parse(R"({"a":1,"a":2})", "x")["a"] == 2);
    CHECK(json::parse_once(R"({"a":{"b":1},"c":[{"b":1},{"b":2}],"b":3})", "x")["b"] == 3);
    CHECK_THROWS_WITH_AS(
        (void)json::parse_once(R"({"c":[{"b":1,"c":{},"b":2}]})", "x"),
        "x: not valid JSON: \"b\" stands twice",
        base::Error);
}

TEST_CASE("bytes that are not UTF-8 can be written") {
    json::Value value;
    value["name"] = "a\xff"
                    "b";
    CHECK(
        json::dump(value) == "{\n  \"name\": \"a\xEF\xBF\xBD"
                             "b\"\n}\n");
}
