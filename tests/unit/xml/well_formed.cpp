// SPDX-License-Identifier: Apache-2.0
#include "findings_of.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using test::Lines;
using test::parse_errors;

TEST_CASE("a mismatched tag names the open element") {
    CHECK(
        parse_errors("<image>\n <pakages>\n </packages>\n</image>\n") ==
        Lines{"3:2 E111 </packages> does not close <pakages>, which is open since line 2 | one of "
              "the two is misspelt: write </pakages> here, or <packages> in line 2 | 2:2 <pakages> "
              "was opened here"});
    CHECK(
        parse_errors("<image>\n <packages>\n</image>\n") ==
        Lines{"3:1 E111 </image> does not close <packages>, which is open since line 2 | write "
              "</packages> in front of it | 2:2 <packages> was opened here"});
    CHECK(
        parse_errors("<image>\n</users>\n</image>") ==
        Lines{"2:1 E111 </users> does not close <image>, which is open since line 1 | remove "
              "</users>, or write </image> instead if that was meant | 1:1 <image> was opened "
              "here"});
}

TEST_CASE("a file that ends too early") {
    CHECK(
        parse_errors("<image>\n <users>\n") ==
        Lines{"2:9 E112 the file ends, but <users> is open since line 2 | write </users> where the "
              "element ends | 2:2 <users> was opened here"});
    CHECK(
        parse_errors("") == Lines{"1:1 E119 the file is empty | a description has one outermost "
                                  "element, <image>"});
    CHECK(
        parse_errors("<!-- only this -->") ==
        Lines{"1:1 E119 there is no element in the file | a description has one outermost element, "
              "<image>"});
    CHECK(
        parse_errors("<a><!-- b </a>") ==
        Lines{"1:4 E110 the comment is not closed with \"-->\" | write \"-->\" where it ends"});
    CHECK(
        parse_errors("<a><b c='d'</a>") ==
        Lines{"1:4 E110 the start tag of <b> is not closed | write \">\" or \"/>\" at its end | "
              "1:12 the next tag begins here"});
}

TEST_CASE("an XML declaration says what there is") {
    const Lines malformed = {"1:1 E110 the XML declaration is malformed | write <?xml "
                             "version=\"1.0\" encoding=\"UTF-8\"?>"};
    CHECK(parse_errors("<?xml version='2.0'?><a/>") == malformed);
    CHECK(parse_errors("<?xml version='1.0' standalone='maybe'?><a/>") == malformed);
    CHECK(parse_errors("<?xml encoding='utf-8' version='1.0'?><a/>") == malformed);
    CHECK(parse_errors("<?xml version='1.1' encoding='utf-8' standalone='no'?><a/>").empty());
}

TEST_CASE("no XML at all") {
    CHECK(
        parse_errors("#!/bin/sh\nexit 0\n") ==
        Lines{"1:1 E119 there is text in front of the first element | a description begins with "
              "\"<\""});
    CHECK(
        parse_errors("<a/>\n<b/>") ==
        Lines{"2:1 E119 <b> stands behind the end of the outermost element <a> | move it in front "
              "of </a> | 1:1 <a> ends here"});
    CHECK(
        parse_errors("\n<?xml version='1.0'?><a/>") ==
        Lines{"2:1 E110 the XML declaration must be the very first thing in the file | remove what "
              "stands in front of it, blank lines too"});
}

TEST_CASE("attributes that are written wrongly, all at once") {
    CHECK(
        parse_errors("<a>\n"
                     "<b name=vim/>\n"
                     "<b name='vim'arch='x'/>\n"
                     "<b name/>\n"
                     "<b name=\"vim/>\n"
                     "<b name='1' name='2'/>\n"
                     "<b name=\"vim arch=\"x\"/>\n"
                     "<b name=\"a<b\"/>\n"
                     "<b , c='d'/>\n"
                     "</a>") ==
        Lines{
            "2:9 E113 the value of the attribute name lacks its quotes | write name=\"vim\"",
            "3:14 E113 a blank is missing in front of the attribute arch",
            "4:4 E113 the attribute name has no value | write name=\"…\"",
            "5:9 E113 the value of the attribute name has no closing quote | write name=\"…\", "
            "with the same straight quote on both sides",
            "6:13 E114 the attribute name stands twice in this tag | remove one of them | 6:4 "
            "first given here",
            "7:9 E113 the value of the attribute name has no closing quote | write name=\"…\", "
            "with the same straight quote on both sides",
            "8:11 E113 \"<\" stands in the value of the attribute name | write &lt;",
            "9:4 E113 \",\" can't stand in the start tag of <b> | attributes are written "
            "name=\"value\""});
}

TEST_CASE("references that are none") {
    CHECK(
        parse_errors("<a b='x?c=1&d=2' c='&nosuch;' d='&ltt;'>\nA & B &#xD800; &#12x; &am;</a>") ==
        Lines{
            "1:12 E115 the reference &d lacks its semicolon | write &amp;d if the character \"&\" "
            "is meant",
            "1:21 E115 the entity &nosuch; is not declared | write &amp;nosuch; if the character "
            "\"&\" is meant",
            "1:34 E115 the entity &ltt; is not declared | did you mean lt?",
            "2:3 E115 \"&\" begins no reference here | write &amp;",
            "2:7 E115 &#xD800; is no character | write a decimal number as in &#169; or a "
            "hexadecimal one as in &#xA9;",
            "2:16 E115 &#12x; is no character | write a decimal number as in &#169; or a "
            "hexadecimal one as in &#xA9;",
            "2:23 E115 the entity &am; is not declared | did you mean amp?"});
}

TEST_CASE("comments, CDATA sections and stray markup") {
    CHECK(
        parse_errors("<a>\n<!-- a -- b -->]]> < b\n</a>") ==
        Lines{
            "2:8 E110 \"--\" stands inside a comment | XML allows it only as a part of the closing "
            "\"-->\"; write \"- -\" or \"==\" | 2:1 the comment begins here",
            "2:16 E110 \"]]>\" stands in text, but no CDATA section is open | write ]]&gt;",
            "2:20 E110 \"<\" begins no tag here | write &lt;, or <b without the blank"});
}

TEST_CASE("bytes that are no text") {
    CHECK(
        parse_errors("<a>\n  \xE4</a>") ==
        Lines{"2:3 E116 byte 0xE4 is not UTF-8 text | save the file as UTF-8, or name its encoding "
              "in the first line: <?xml version=\"1.0\" encoding=\"…\"?>"});
    CHECK(
        parse_errors("<a>\x01</a>") ==
        Lines{"1:4 E116 control character U+0001, which XML does not allow | remove it"});
    CHECK(
        parse_errors("<?xml version='1.0' encoding='klingon'?><a/>") ==
        Lines{"1:1 E117 the encoding \"klingon\" is not known | save the file as UTF-8 and write "
              "encoding=\"UTF-8\""});
    CHECK(
        parse_errors("<?xml version='1.0' encoding='UTF-16'?><a/>") ==
        Lines{"1:1 E117 the file says that it is utf-16, but it is not | write "
              "encoding=\"UTF-8\""});
}

TEST_CASE("prefixes must be declared, and only where they are used") {
    CHECK(
        parse_errors("<a><b xmlns:x='u' x:c='1'/><x:d/></a>") ==
        Lines{"1:28 E118 the prefix x of x:d is not declared | add xmlns:x=\"…\" to an element "
              "around it"});
}

TEST_CASE("what looks like a tag says what was meant") {
    const std::string said = "2:1 E110 \"<\" begins no tag here | write ";
    CHECK(
        parse_errors("<a>\n< bcd e='f'/></a>") == Lines{said + "&lt;, or <bcd without the blank"});
    CHECK(parse_errors("<a>\n<3</a>") == Lines{said + "&lt; if the character itself is meant"});
    CHECK(parse_errors("<a>\n<\\a>\n</a>") == Lines{said + "</a>"});
    CHECK(
        parse_errors("<a>\n<<<<<<< HEAD\n<b/>\n=======\n<c/>\n>>>>>>> branch\n</a>") ==
        Lines{"2:1 E110 a merge left its conflict here | keep one of the two versions, without the "
              "lines <<<<<<<, ======= and >>>>>>>"});
}

TEST_CASE("quotes of word processors are no quotes") {
    CHECK(
        parse_errors("<a>\n<b c=“d”/></a>") ==
        Lines{"2:6 E113 the value of the attribute c lacks its straight quotes | write c=\"d\""});
    CHECK(
        parse_errors("<a>\n<b c=\"d”/>\n</a>") ==
        Lines{
            "2:6 E113 the value of the attribute c has no closing quote | write c=\"…\", with the "
            "same straight quote on both sides"});
}

TEST_CASE("a password is not repeated by the hint for its quotes") {
    CHECK(
        parse_errors("<a>\n<b password=secret/></a>") ==
        Lines{"2:13 E113 the value of the attribute password lacks its quotes | write "
              "password=\"…\""});
}

TEST_CASE("an attribute written otherwise is one mistake") {
    const Lines said = {"2:4 E113 the attribute c: has no value | write c=\"…\""};
    CHECK(parse_errors("<a>\n<b c: \"d\"/></a>") == said);
    CHECK(
        parse_errors("<a>\n<b c 'd' e='f'/></a>") ==
        Lines{"2:4 E113 the attribute c has no value | write c=\"…\""});
}

TEST_CASE("an element that swallows those behind it") {
    CHECK(
        parse_errors("<a>\n<b c='d'>\n<b c='e'/>\n</a>") ==
        Lines{"4:1 E111 </a> does not close <b>, which is open since line 2 | close <b> where it "
              "ends: with \"/>\" in line 2 if it is empty, else with </b> | 2:1 <b> was opened "
              "here"});
}

TEST_CASE("comments") {
    CHECK(
        parse_errors("<a>\n<!-- b <!-- c --> d --></a>") ==
        Lines{"2:10 E110 \"--\" stands inside a comment | a comment can't hold another one: remove "
              "the \"<!--\" and \"-->\" of the inner one | 2:1 the comment begins here"});
    CHECK(
        parse_errors("<a>\n<!-- b -- c --></a>") ==
        Lines{"2:8 E110 \"--\" stands inside a comment | XML allows it only as a part of the "
              "closing \"-->\"; write \"- -\" or \"==\" | 2:1 the comment begins here"});
}
