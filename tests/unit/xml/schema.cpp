// SPDX-License-Identifier: Apache-2.0
#include "xml/schema.hpp"

#include "findings_of.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace imgbuild;
using test::Lines;

namespace {

/// Forms of RELAX NG that the description language does not use.
xml::Schema small_schema(const std::string& content) {
    return xml::Schema::parse(
        "<element name='a' xmlns='http://relaxng.org/ns/structure/1.0' "
        "datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>" +
        content + "</element>");
}

Lines judge(const xml::Schema& schema, const std::string& text) {
    return test::in_lines(schema.validate(xml::Document::parse(text, "f")));
}

} // namespace

TEST_CASE("a schema that is none is refused") {
    CHECK_THROWS_AS(
        xml::Schema::parse("<grammar xmlns='http://relaxng.org/ns/structure/1.0'/>"), base::Error);
    CHECK_THROWS_AS(xml::Schema::parse("no XML"), base::Error);
}

TEST_CASE("elements in an order") {
    const xml::Schema schema = small_schema(
        "<element name='first'><empty/></element><optional><element name='second'><empty/>"
        "</element></optional><element name='third'><empty/></element>");
    CHECK(judge(schema, "<a><first/><third/></a>").empty());
    CHECK(judge(schema, "<a><first/><second/><third/></a>").empty());
    CHECK(
        judge(schema, "<a><second/><first/><third/></a>") ==
        Lines{"1:4-10 E106 <second> can't stand at this place of <a> | it does not go together "
              "with what stands in front of it"});
    CHECK(
        judge(schema, "<a><first/></a>") ==
        Lines{"1:1-2 E103 <a> lacks <third> | add <third> inside it"});
}

TEST_CASE("one of several elements") {
    const xml::Schema schema = small_schema(
        "<choice><element name='one'><empty/></element><element name='two'><empty/></element>"
        "</choice>");
    CHECK(judge(schema, "<a><two/></a>").empty());
    CHECK(
        judge(schema, "<a/>") ==
        Lines{"1:1-2 E103 <a> lacks one of <one> and <two> | add one of <one> and <two> inside "
              "it"});
    CHECK(
        judge(schema, "<a><one/><two/></a>") ==
        Lines{"1:10-13 E106 <two> can't stand at this place of <a> | it does not go together with "
              "what stands in front of it"});
}

TEST_CASE("one of two attributes") {
    const xml::Schema schema =
        small_schema("<choice><attribute name='b'/><attribute name='c'/></choice>");
    CHECK(judge(schema, "<a b=''/>").empty());
    CHECK(
        judge(schema, "<a/>") ==
        Lines{"1:1-2 E104 <a> lacks the attribute b or c | add b=\"…\" or c=\"…\""});
    CHECK(
        judge(schema, "<a b='' c=''/>") ==
        Lines{"1:9-9 E109 <a> can't have both c and b | remove one of them | 1:4 b is here"});
}

TEST_CASE("names of any kind, and in a namespace") {
    const xml::Schema schema = small_schema(
        "<oneOrMore><element><choice><nsName ns='urn:x'/><anyName><except><name>b</name>"
        "<nsName ns=''/></except></anyName></choice><empty/></element></oneOrMore>");
    CHECK(judge(schema, "<a><x:b xmlns:x='urn:x'/></a>").empty());
    CHECK(
        judge(schema, "<a><x:b xmlns:x='urn:x'/><b/></a>") ==
        Lines{"1:26-27 E128 <b> inside <a> is in no namespace | say whose data it is, such as <b "
              "xmlns=\"https://example.org/inventory\">"});
    CHECK(
        judge(schema, "<a/>") ==
        Lines{"1:1-2 E103 <a> lacks an element of another namespace | add an element of another "
              "namespace inside it"});
}

TEST_CASE("what our reading of the schema does not see is still said") {
    const xml::Schema schema =
        small_schema("<data type='string'><param name='maxLength'>3</param></data>");
    CHECK(judge(schema, "<a>abc</a>").empty());
    const Lines said = judge(schema, "<a>abcd</a>");
    REQUIRE(said.size() == 1);
    CHECK(said[0].find("1:1 E100 ") == 0);
}

TEST_CASE("threads may share a schema") {
    const xml::Schema schema = small_schema("<attribute name='b'/>");
    std::vector<Lines> said(4);
    std::vector<std::thread> threads;
    for (Lines& lines : said) {
        threads.emplace_back([&] { lines = judge(schema, "<a/>"); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const Lines& lines : said) {
        CHECK(lines == Lines{"1:1-2 E104 <a> lacks the attribute b | add b=\"…\""});
    }
}

TEST_CASE("a value that is far too long is refused before it takes long") {
    const xml::Schema schema = small_schema(
        "<attribute name='b'><data type='token' "
        "datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'><param name='pattern'>"
        "[a-z:]+(,[a-z:]+)*</param></data></attribute>");
    CHECK(judge(schema, "<a b='" + std::string(65'536, 'x') + "'/>").empty());
    std::string groups = "x";
    for (int i = 0; i < 500'000; ++i) {
        groups += ",x";
    }
    CHECK(
        judge(schema, "<a b='" + groups + "'/>") ==
        Lines{"1:4-4 E129 the value of b is longer than 65.5 kB"});
}
