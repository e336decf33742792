// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include "base/diagnostic.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace imgbuild::base;

TEST_CASE("context is put in front of the message, outermost first") {
    Error error("no such package");
    error.add_context("resolving").add_context("building node");
    CHECK(std::string(error.what()) == "building node: resolving: no such package");
    CHECK(error.message() == "no such package");
}

TEST_CASE("with_context keeps the class of the error") {
    CHECK_THROWS_AS(
        with_context([] { return std::string("outer"); }, [] { throw UsageError("bad option"); }),
        UsageError);
    CHECK(with_context([] { return std::string("outer"); }, [] { return 7; }) == 7);
}

TEST_CASE("the innermost position wins") {
    Error error("x");
    error.at({"a.xml", 3, 7}).at({"b.xml", 1, 1});
    REQUIRE(error.position());
    CHECK(to_string(*error.position()) == "a.xml:3:7");
}

TEST_CASE("positions leave out what is not known") {
    CHECK(to_string(Position{"a.xml", 0, 0}) == "a.xml");
    CHECK(to_string(Position{"a.xml", 4, 0}) == "a.xml:4");
}

TEST_CASE("a full disk comes with a hint and exit code 74") {
    const SystemError error(ENOSPC, "writing out.img");
    CHECK(std::string(error.what()) == "writing out.img: No space left on device");
    CHECK_FALSE(error.hint().empty());
    CHECK(static_cast<int>(error.exit_code()) == 74);
}

TEST_CASE("an error keeps its class when it is thrown with a hint") {
    CHECK_THROWS_AS(throw UsageError("a").set_hint("b").at({"c", 1, 2}), UsageError);
    CHECK_THROWS_AS(throw SystemError(ENOENT, "a").set_details({"b"}), SystemError);
}

TEST_CASE("a description error counts only errors") {
    const DescriptionError error(
        {{.message = "a"}, {.severity = Severity::warning, .message = "b"}});
    CHECK(std::string(error.what()) == "the description has an error");
    CHECK(has_errors(error.diagnostics()));
    CHECK_FALSE(has_errors({{.severity = Severity::note, .message = "b"}}));
}
