// SPDX-License-Identifier: Apache-2.0
#include "xml/transform.hpp"

#include "base/error.hpp"
#include "findings_of.hpp"
#include "xml/rewrite.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace imgbuild;
using xml::Document;
using xml::Stylesheet;

namespace {

Stylesheet stylesheet(const std::string& templates) {
    return Stylesheet::parse(
        "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "
        "xmlns:origin='urn:imgbuild:origin' xmlns:element='urn:imgbuild:element' "
        "exclude-result-prefixes='origin element'>" +
            templates + "</xsl:stylesheet>",
        "s");
}

std::string refusal(const std::string& templates) {
    const Stylesheet sheet = stylesheet(templates);
    try {
        transform(Document::parse("<a/>", "f"), {&sheet});
    } catch (const base::DescriptionError& error) {
        return error.diagnostics().at(0).code;
    }
    return "none";
}

} // namespace

TEST_CASE("a stylesheet reaches no file, and its work is bounded") {
    CHECK(refusal("<xsl:template match='a'><a/></xsl:template>") == "none");
    CHECK(
        refusal(
            "<xsl:template match='a'><a><xsl:copy-of select=\"document('/proc/self/stat')\"/></a>"
            "</xsl:template>") == "E127");
    CHECK(
        refusal("<xsl:template match='a'><a><xsl:copy-of "
                "select=\"document('http://127.0.0.1:1/x')\"/></a></xsl:template>") == "E127");
    CHECK(
        refusal("<xsl:template match='a'><xsl:apply-templates select='.'/></xsl:template>") ==
        "E127");
    CHECK(
        refusal("<xsl:template match='a'><a><xsl:call-template name='t'>"
                "<xsl:with-param name='n' select='60'/></xsl:call-template></a></xsl:template>"
                "<xsl:template name='t'><xsl:param name='n'/><xsl:if test='$n &gt; 0'>"
                "<xsl:call-template name='t'><xsl:with-param name='n' select='$n - 1'/>"
                "</xsl:call-template>"
                "<xsl:call-template name='t'><xsl:with-param name='n' select='$n - 1'/>"
                "</xsl:call-template></xsl:if></xsl:template>") == "E127");
}

TEST_CASE("elements and attributes keep their places through stylesheets") {
    const Stylesheet rename = stylesheet(
        "<xsl:template match='node()'><xsl:copy><xsl:copy-of select='@*'/><xsl:apply-templates/>"
        "</xsl:copy></xsl:template>"
        "<xsl:template match='b'><c new='{@old}' origin:new='old' up='{../@x}' "
        "origin:up='{../@element:number}/x'><xsl:copy-of select='@element:number'/></c>"
        "</xsl:template>");
    const Document before =
        Document::parse("<a\n xmlns:element='urn:x'\n x='1'>\n<b/><b\n old='ü'/></a>", "f");
    const Document after = transform(before, {&rename, &rename});
    const std::vector<xml::Element> children = after.root().children();
    REQUIRE(children.size() == 2);
    CHECK(children[1].name() == "c");
    CHECK(children[1].position() == base::Position{"f", 4, 5});
    CHECK(children[1].attribute("new") == "ü");
    CHECK(children[1].attribute_position("new") == base::Position{"f", 5, 2});
    CHECK(children[1].attribute_position("up") == base::Position{"f", 3, 2});
    CHECK(children[1].attributes().size() == 2);
    CHECK(before.root().children()[1].name() == "b");
    CHECK(
        rewrite(
            "<a\n xmlns:element='urn:x'\n x='1'>\n<b/><b\n old='ü'/></a>", "f", before, after) ==
        "<a\n xmlns:element='urn:x'\n x='1'>\n<c new=\"\" up=\"1\"/><c\n new='ü' up=\"1\"/></a>");
}

TEST_CASE("a document takes in the children of another one's root") {
    Document whole = Document::parse("<a><b/>\n<x/><c/></a>", "one");
    const Document part =
        Document::parse("<r xmlns:p='urn:p'>\n<d p:e='1'><f/></d>text<g/></r>", "two");
    whole.replace(whole.root().children("x")[0], part);
    const std::vector<xml::Element> children = whole.root().children();
    REQUIRE(children.size() == 4);
    CHECK(children[1].name() == "d");
    CHECK(children[1].position() == base::Position{"two", 2, 1});
    CHECK(children[1].attribute_position("p:e") == base::Position{"two", 2, 4});
    CHECK(children[1].children()[0].position() == base::Position{"two", 2, 12});
    CHECK(children[2].position() == base::Position{"two", 2, 24});
    CHECK(children[3].position() == base::Position{"one", 2, 5});
    CHECK(whole.root().text().empty());
    CHECK(whole.files() == std::vector<std::string>{"one", "two"});
}
