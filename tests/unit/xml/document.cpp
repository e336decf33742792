// SPDX-License-Identifier: Apache-2.0
#include "xml/document.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace imgbuild;
using base::Position;
using xml::Document;

namespace {

std::string utf16(const std::u16string& text, bool big_endian) {
    std::string bytes;
    for (const char16_t unit : text) {
        const char high = static_cast<char>(unit >> 8U);
        const char low = static_cast<char>(unit & 0xFFU);
        bytes += big_endian ? high : low;
        bytes += big_endian ? low : high;
    }
    return bytes;
}

} // namespace

TEST_CASE("elements, attributes and text are read in the order of the file") {
    const Document document = Document::parse(
        "<image name=\"a\" schemaversion='8.5'>\n"
        "  <!-- <hidden/> -->\n"
        "  <packages type=\"image\"><package name=\"vim\"/><ignore name=\"x&amp;y\"/></packages>\n"
        "  <locale> en_US<![CDATA[,de_DE]]> </locale>\n"
        "</image>\n",
        "config.xml");
    const xml::Element root = document.root();
    CHECK(document.file() == "config.xml");
    CHECK(root.name() == "image");
    CHECK(root.attribute("name") == "a");
    CHECK(root.attribute("schemaversion") == "8.5");
    CHECK_FALSE(root.attribute("id"));
    REQUIRE(root.children().size() == 2);
    const xml::Element packages = root.children()[0];
    CHECK(packages.children().size() == 2);
    REQUIRE(packages.children("ignore").size() == 1);
    CHECK(packages.children("ignore")[0].attribute("name") == "x&y");
    CHECK(root.children()[1].text() == "en_US,de_DE");
    CHECK(root.text().empty());
}

TEST_CASE("elements, attributes, values and texts know their places") {
    const Document document = Document::parse(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<!-- ü\n -->\n"
        "<a>\n"
        "\t<bü\n"
        "\t\tname = \"ä\" other=\"two\n"
        "lines\"/><c>  text</c>\n"
        "</a>\n",
        "f.xml");
    const xml::Element root = document.root();
    CHECK(root.position() == Position{"f.xml", 4, 1});
    const xml::Element b = root.children()[0];
    CHECK(b.position() == Position{"f.xml", 5, 2});
    CHECK(b.attribute_position("name") == Position{"f.xml", 6, 3});
    CHECK(b.attribute_position("other") == Position{"f.xml", 6, 14});
    CHECK(b.attribute_position("none") == b.position());
    const std::vector<xml::Attribute> attributes = b.attributes();
    REQUIRE(attributes.size() == 2);
    CHECK(attributes[0].name == "name");
    CHECK(attributes[0].value == "ä");
    CHECK(attributes[0].value_position == Position{"f.xml", 6, 11});
    CHECK(attributes[0].value_end_column == 11);
    CHECK(attributes[1].value == "two lines");
    CHECK(attributes[1].value_position == Position{"f.xml", 6, 21});
    CHECK(attributes[1].value_end_column == 0);
    const xml::Element c = root.children()[1];
    CHECK(c.position() == Position{"f.xml", 7, 9});
    CHECK(c.text_position() == Position{"f.xml", 7, 14});
    CHECK(b.text_position() == b.position());
}

TEST_CASE("every kind of line end counts once") {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        CAPTURE(end.size());
        const Document document =
            Document::parse("<a>" + end + end + " <b" + end + " c='1'/>" + end + "</a>", "f");
        const xml::Element b = document.root().children()[0];
        CHECK(b.position() == Position{"f", 3, 2});
        CHECK(b.attribute_position("c") == Position{"f", 4, 2});
    }
}

TEST_CASE("a byte order mark and UTF-16 do not move columns") {
    const std::u16string text =
        u"<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n<a>\U0001F600ü<b c='ä'/></a>";
    const std::string utf8 = "<a>\xF0\x9F\x98\x80\xC3\xBC<b c='\xC3\xA4'/></a>";
    const auto check = [](const Document& document, int line) {
        const xml::Element b = document.root().children()[0];
        CHECK(b.position() == Position{"f", line, 6});
        CHECK(b.attribute_position("c") == Position{"f", line, 9});
        CHECK(b.attribute("c") == "ä");
    };
    check(Document::parse(utf8, "f"), 1);
    check(Document::parse("\xEF\xBB\xBF" + utf8, "f"), 1);
    check(Document::parse("\xFF\xFE" + utf16(text, false), "f"), 2);
    check(Document::parse("\xFE\xFF" + utf16(text, true), "f"), 2);
    check(Document::parse(utf16(text, false), "f"), 2);
    check(Document::parse(utf16(text, true), "f"), 2);
}

TEST_CASE("other encodings are understood if the declaration names them") {
    const Document document = Document::parse(
        "<?xml version='1.0' encoding='ISO-8859-1'?><a \xE4='\xFC'>\xE4<b/></a>", "f");
    CHECK(document.root().attribute("ä") == "ü");
    CHECK(document.root().children()[0].position() == Position{"f", 1, 54});
}

TEST_CASE("places are right beyond line 65,535 and in very long lines") {
    std::string text = "<a>";
    for (int i = 0; i < 70000; ++i) {
        text += "<b c='1'/>\n";
    }
    for (int i = 0; i < 70000; ++i) {
        text += "<b c='1'/>";
    }
    const Document document = Document::parse(text + "</a>", "f");
    const std::vector<xml::Element> children = document.root().children();
    REQUIRE(children.size() == 140000);
    CHECK(children[69999].position() == Position{"f", 70000, 1});
    CHECK(children[139999].position() == Position{"f", 70001, 699991});
    CHECK(children[139999].attribute_position("c") == Position{"f", 70001, 699994});
}

TEST_CASE("what an entity brings stands where the entity is used") {
    const Document document = Document::parse(
        "<!DOCTYPE a [\n"
        "<!ENTITY inner 'vim'>\n"
        "<!ENTITY p \"<b name='&inner;'/><b/>\">\n"
        "<!ENTITY p 'a second declaration does not count'>\n"
        "<!ENTITY unused SYSTEM 'file:///etc/passwd'>\n"
        "]>\n"
        "<a>\n"
        "  &p; <c name='x&inner;y'/>\n"
        "</a>",
        "f");
    const std::vector<xml::Element> children = document.root().children();
    REQUIRE(children.size() == 3);
    CHECK(children[0].attribute("name") == "vim");
    CHECK(children[0].position() == Position{"f", 8, 3});
    CHECK(children[0].attribute_position("name") == Position{"f", 8, 3});
    CHECK(children[1].position() == Position{"f", 8, 3});
    CHECK(children[2].position() == Position{"f", 8, 7});
    CHECK(children[2].attribute("name") == "xvimy");
}

TEST_CASE("attributes with a prefix keep it") {
    const Document document = Document::parse("<a xmlns:x='urn:x' x:b='1' b='2'><x:c/></a>", "f");
    CHECK(document.root().attribute("b") == "2");
    CHECK(document.root().attribute("x:b") == "1");
    CHECK(document.root().attribute_position("x:b") == Position{"f", 1, 20});
    CHECK(document.root().children()[0].name() == "c");
}
