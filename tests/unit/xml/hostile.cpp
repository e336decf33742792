// SPDX-License-Identifier: Apache-2.0
#include "findings_of.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using test::Lines;
using test::parse_errors;

namespace {

/// Ten entities, each ten times the one before.
std::string bomb(const std::string& leaf) {
    std::string text = "<!DOCTYPE a [\n<!ENTITY e0 '" + leaf + "'>\n";
    for (int i = 1; i < 10; ++i) {
        std::string references;
        for (int j = 0; j < 10; ++j) {
            references += "&e" + std::to_string(i - 1) + ";";
        }
        text += "<!ENTITY e" + std::to_string(i) + " '" + references + "'>\n";
    }
    return text + "]>\n";
}

const Lines too_much = {
    "1:1 E123 the document expands to more than 67.1 MB | write the text itself "
    "instead of entities that contain each other"};

} // namespace

TEST_CASE("entity bombs are refused, whatever their leaf and wherever they go off") {
    CHECK(parse_errors(bomb("ha") + "<a>&e9;</a>") == too_much);
    CHECK(parse_errors(bomb("") + "<a>&e9;</a>") == too_much);
    CHECK(parse_errors(bomb("<b/>") + "<a>&e9;</a>") == too_much);
    CHECK(parse_errors(bomb("ha") + "<a b='&e9;'/>") == too_much);
}

TEST_CASE("a small bomb that libxml2 finds is said once, at the reference that sets it off") {
    std::string small = "<!DOCTYPE a [\n<!ENTITY e0 '" + std::string(100, 'x') + "'>\n";
    for (int i = 1; i < 4; ++i) {
        const std::string before = "&e" + std::to_string(i - 1) + ";";
        std::string references;
        for (int j = 0; j < 20; ++j) {
            references += before;
        }
        small += "<!ENTITY e" + std::to_string(i) + " '" + references + "'>\n";
    }
    small += "]>\n";
    const std::string said =
        " E123 the entities of the DOCTYPE expand to too much text | write the "
        "text itself instead of entities that contain each other";
    CHECK(parse_errors(small + "<a>\n ä &amp; &e3;</a>") == Lines{"8:10" + said});
    CHECK(parse_errors(small + "<a>\n <b\n  c='ä&e3;'/></a>") == Lines{"9:7" + said});
}

TEST_CASE("parts that are too long are said once, with their place") {
    const std::string said = " E120 something here is longer than any real description needs | "
                             "names have at most 50,000 bytes; texts, values and comments 10 MB";
    const std::string name(60'000, 'n');
    const std::string text(11'000'000, 't');
    CHECK(parse_errors("<a>\n <" + name + "/></a>") == Lines{"2:3" + said});
    CHECK(parse_errors("<a>\n <b " + name + "='c'/></a>") == Lines{"2:5" + said});
    CHECK(parse_errors("<a>\n <?" + name + "?></a>") == Lines{"2:4" + said});
    CHECK(parse_errors("<a>\n <b c='" + text + "'/></a>") == Lines{"2:7" + said});
    CHECK(parse_errors("<a>\n <!--" + text + "--></a>") == Lines{"2:6" + said});
    const Lines long_text = parse_errors("<a>\n " + text + "</a>");
    REQUIRE(long_text.size() == 1);
    CHECK(long_text[0].substr(0, 2) == "2:");
    CHECK(long_text[0].find(said) != std::string::npos);
}

TEST_CASE("what only libxml2 finds wrong is said once, with its line and column") {
    CHECK(
        parse_errors("<!DOCTYPE a [\n <!ELEMENT a nothing>]>\n<a/>") ==
        Lines{"2:14 E110 this is not well-formed XML: xmlParseElementDecl: 'EMPTY', 'ANY' or '(' "
              "expected"});
    CHECK(
        parse_errors("<a>\n <b\n  c='d'\n  xmlns:x=''/></a>") ==
        Lines{
            "4:11 E110 this is not well-formed XML: xmlns:x: Empty XML namespace is not allowed"});
    CHECK(
        parse_errors("<a>\n <b xmlns:x='u' xmlns:y='u'\n  x:c='d'\n  y:c='e'/></a>") ==
        Lines{"2:2 E110 this is not well-formed XML: Namespaced Attribute c in 'u' redefined"});
    const std::string many_lines(70'000, '\n');
    CHECK(
        parse_errors("<a>" + many_lines + "ä <?XML b?></a>") ==
        Lines{"70001:8 E110 this is not well-formed XML: Invalid PI name"});
}

TEST_CASE("defaults in the DOCTYPE are bounded, too") {
    const std::string entities = bomb("ha");
    const std::string defaults =
        entities.substr(0, entities.size() - 3) + "<!ATTLIST a b CDATA '&e9;'>\n]>\n<a/>";
    CHECK(parse_errors(defaults).size() == 1);
    std::string many = "<!DOCTYPE a [<!ATTLIST b c CDATA '" + std::string(100000, 'x') + "'>]><a>";
    for (int i = 0; i < 1000; ++i) {
        many += "<b/>";
    }
    CHECK(parse_errors(many + "</a>") == too_much);
}

TEST_CASE("an entity that contains itself") {
    CHECK(
        parse_errors("<!DOCTYPE a [<!ENTITY x '&y;'><!ENTITY y '&x;'>]>\n<a>&x;</a>") ==
        Lines{"2:4 E123 the entity contains itself | 1:23 declared here"});
}

TEST_CASE("external entities are refused where they are used") {
    CHECK(
        parse_errors("<!DOCTYPE a [\n<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<a>&x;</a>") ==
        Lines{"3:4 E124 &x; refers to something outside this file, which is never read | use "
              "<include> for parts of a description, or write the text here | 2:10 declared here"});
    CHECK(
        parse_errors("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'>\n%x;]><a/>") ==
        Lines{"2:1 E125 parameter entities are not supported | declare the entities directly in "
              "the DOCTYPE"});
    CHECK(parse_errors("<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a/>").empty());
    CHECK(
        parse_errors("<!DOCTYPE a [<!NOTATION n SYSTEM 'n'><!ENTITY x SYSTEM 'x' NDATA n>]>\n"
                     "<a b='&x;'/>")
            .size() == 1);
}

TEST_CASE("entities must be balanced") {
    CHECK(
        parse_errors("<!DOCTYPE a [<!ENTITY x '<b>'>]>\n<a>&x;</b></a>") ==
        Lines{
            "2:4 E110 the entity opens <b> but does not close it",
            "2:7 E111 </b> does not close <a>, which is open since line 2 | remove </b>, or write "
            "</a> instead if that was meant | 2:1 <a> was opened here"});
    CHECK(
        parse_errors("<!DOCTYPE a [<!ENTITY x '</a>'>]>\n<a>&x;") ==
        Lines{
            "2:4 E111 </a> closes nothing: no element is open here | remove it, or add the start "
            "tag that it belongs to",
            "2:7 E112 the file ends, but <a> is open since line 2 | write </a> where the element "
            "ends | 2:1 <a> was opened here"});
}

TEST_CASE("size, depth and number of attributes have limits") {
    CHECK(
        parse_errors("<a></a>", {.bytes = 6}) ==
        Lines{"0:0 E120 the file has more than the 6 B that are read of a description"});
    CHECK(
        parse_errors("<a>\n<b><c/>\n<c></c></b></a>", {.depth = 2}) ==
        Lines{"3:1 E121 elements are nested more than 2 deep"});
    CHECK(
        parse_errors("<a>\n<b c='1' d='2' e='3'/></a>", {.attributes_per_element = 2}) ==
        Lines{"2:1 E122 <b> has more than 2 attributes"});
}

TEST_CASE("a flood of errors is cut off") {
    std::string text = "<a>";
    for (int i = 0; i < 100000; ++i) {
        text += "&";
    }
    CHECK(parse_errors(text).size() == 1000);
}
