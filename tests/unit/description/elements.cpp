// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * For each element of the language a document that is accepted, with every attribute, and documents
 * that are broken in one place, with the message each gets. They are made from the schema; the
 * messages are compared with tests/data/xml/elements.txt. With IMGBUILD_ACCEPT=1 the file is written.
 */
#include "base/file.hpp"
#include "base/text.hpp"
#include "description/reference.hpp"
#include "description/reference_text.hpp"
#include "xml/document.hpp"
#include "xml/schema.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>
#include <string>
#include <vector>

using namespace imgbuild;
using namespace imgbuild::description;
using xml::AttributeReference;
using xml::ElementReference;

namespace {

/// A value of each form, by the words that the schema has for it.
const std::map<std::string, std::string>& samples() {
    static const std::map<std::string, std::string> values = {
        {"any text", "x"},
        {"true or false", "true"},
        {"a URI", "x"},
        {"a whole number", "-1"},
        {"a whole number, 0 or more", "1"},
        {"a whole number from 2048", "2048"},
        {"a number", "1"},
        {"a number, or all", "all"},
        {"a number of megabytes, or one with M or G behind it", "1G"},
        {"a number of megabytes, one with M or G behind it, or all", "all"},
        {"a number, or one with /udp or /tcp behind it", "53/udp"},
        {"a word of letters, digits, \"_\", \"-\" and \".\"", "x"},
        {"a word of at most 32 letters, digits, \"_\", \"-\" and \".\"", "x"},
        {"a text of at most 128 plain characters", "x"},
        {"a UUID in small letters", "01234567-89ab-cdef-0123-456789abcdef"},
        {"six bytes such as 52:54:00:12:34:56", "52:54:00:12:34:56"},
        {"four numbers up to 65535 with \".\" between them", "1.2.3.65535"},
        {"names of architectures, separated by commas", "x86_64,arm64"},
        {"names of groups, separated by commas without blanks", "users:100,video"},
        {"a URL that begins with file:, https:, http: or ftp:", "file:key.asc"},
        {"a language with its country and nothing behind it, such as en_US, or several separated "
         "by commas",
         "en_US"},
    };
    return values;
}

std::string sample(const xml::ValueReference& value) {
    if (!value.words.empty()) {
        return value.words.front();
    }
    const std::string& form = value.forms.at(0);
    REQUIRE_MESSAGE(samples().count(form) == 1, "no sample for: " << form);
    return samples().at(form);
}

/// Of two attributes that exclude each other the one that is left out.
bool is_other_choice(const std::string& name) {
    return name == "imageonly" || name == "clear";
}

enum class Attributes { required, all };

std::string attributes_of(const ElementReference& element, Attributes which) {
    std::string text;
    for (const AttributeReference& attribute : element.attributes) {
        const bool is_wanted = attribute.is_required || attribute.name == "execute" ||
                               (which == Attributes::all && !is_other_choice(attribute.name));
        if (is_wanted && attribute.name.find(':') == std::string::npos) {
            text += " " + attribute.name + "=\"" + sample(attribute.value) + "\"";
        }
    }
    return text;
}

/// The children that the element must have, but for `except`.
std::string children_of(const ElementReference& element, const std::string& except = "");

std::string text_of(const ElementReference& element) {
    return element.has_text && element.children.empty() ? sample(element.text) : "";
}

std::string
smallest(const ElementReference& element, Attributes which, const std::string& name = "") {
    const std::string tag = name.empty() ? element.name : name;
    const std::string inside = element.name == "extension"
                                   ? "<x xmlns=\"urn:x\"/>"
                                   : text_of(element) + children_of(element);
    return "<" + tag + attributes_of(element, which) +
           (inside.empty() ? "/>" : ">" + inside + "</" + tag + ">");
}

std::string children_of(const ElementReference& element, const std::string& except) {
    std::string text;
    for (const xml::ChildReference& child : element.children) {
        if (child.is_required && child.name != except) {
            text += smallest(language()[child.element], Attributes::required);
        }
    }
    return text;
}

/// A document with `content` in place of the element, which is on line 2.
std::string document_with(std::size_t number, const std::string& content) {
    std::string before;
    std::string after;
    std::size_t at = number;
    while (!language()[at].parents.empty()) {
        const std::size_t parent = language()[at].parents.front();
        const ElementReference& element = language()[parent];
        before = "<" + element.name + attributes_of(element, Attributes::required) + ">" +
                 children_of(element, language()[at].name) + before;
        after += "</" + element.name + ">";
        at = parent;
    }
    return before + "\n" + content + "\n" + after;
}

std::vector<base::Diagnostic> findings(const std::string& text) {
    static const xml::Schema schema = xml::Schema::parse(schema_rng());
    return schema.validate(xml::Document::parse(text, "f"));
}

/// What is said of a broken element: all messages, the first of which must be about its line.
std::string rejection(std::size_t number, const std::string& content) {
    const std::string text = document_with(number, content);
    const std::vector<base::Diagnostic> found = findings(text);
    CAPTURE(text);
    REQUIRE_FALSE(found.empty());
    std::string said = "- " + content + "\n";
    const int line = language()[number].parents.empty() ? 2 : found.front().position.line;
    CHECK(line == 2);
    for (const base::Diagnostic& one : found) {
        said += "    " + one.code + " " + one.message + "\n";
        said += one.hint.empty() ? "" : "      " + one.hint + "\n";
    }
    return said;
}

std::string without_attribute(std::string content, const AttributeReference& attribute) {
    const std::string written = " " + attribute.name + "=\"" + sample(attribute.value) + "\"";
    const std::size_t place = content.find(written);
    REQUIRE(place != std::string::npos);
    return content.erase(place, written.size());
}

/// Breaks of the element that its declaration makes possible.
std::string rejections(std::size_t number) {
    const ElementReference& element = language()[number];
    const std::string good = smallest(element, Attributes::required);
    std::string said;
    if (!element.parents.empty()) {
        said += rejection(number, smallest(element, Attributes::required, element.name + "x"));
    }
    const auto required = std::find_if(
        element.attributes.begin(), element.attributes.end(), [](const AttributeReference& one) {
            return one.is_required;
        });
    if (required != element.attributes.end()) {
        said += rejection(number, without_attribute(good, *required));
    }
    const auto constrained = std::find_if(
        element.attributes.begin(), element.attributes.end(), [](const AttributeReference& one) {
            return one.name.find(':') == std::string::npos &&
                   (!one.value.words.empty() || one.value.forms.at(0) != "any text");
        });
    if (constrained != element.attributes.end()) {
        const std::string rest =
            constrained->is_required ? without_attribute(good, *constrained) : good;
        std::string broken = rest;
        broken.insert(1 + element.name.size(), " " + constrained->name + "=\"?\"");
        said += rejection(number, broken);
    }
    const bool is_free =
        !element.has_text || (element.text.words.empty() && element.text.forms.at(0) == "any text");
    if (element.attributes.empty() && !is_free) {
        said += rejection(number, "<" + element.name + ">?</" + element.name + ">");
    }
    return said;
}

std::string data_file() {
    const char* const data = std::getenv("IMGBUILD_TEST_DATA");
    REQUIRE_MESSAGE(data != nullptr, "run this by \"meson test\"");
    return std::string(data) + "/xml/elements.txt";
}

} // namespace

TEST_CASE("each element is accepted with all its attributes") {
    REQUIRE(language().size() > 100);
    for (std::size_t number = 0; number < language().size(); ++number) {
        const std::string text =
            document_with(number, smallest(language()[number], Attributes::all));
        CAPTURE(text);
        const auto found = findings(text);
        CHECK_MESSAGE(found.empty(), title_of(language()[number]) << ": " << found.at(0).message);
    }
}

TEST_CASE("each element is rejected, and its message is the one on record") {
    std::string said;
    for (std::size_t number = 0; number < language().size(); ++number) {
        said += title_of(language()[number]) + "\n" + rejections(number) + "\n";
    }
    if (std::getenv("IMGBUILD_ACCEPT") != nullptr) {
        base::replace_file(data_file(), said);
    }
    const std::string recorded = base::read_file(data_file());
    const auto said_lines = base::split_lines(said);
    const auto recorded_lines = base::split_lines(recorded);
    CHECK(said_lines.size() == recorded_lines.size());
    for (std::size_t i = 0; i < std::min(said_lines.size(), recorded_lines.size()); ++i) {
        REQUIRE(std::string(said_lines[i]) == std::string(recorded_lines[i]));
    }
}

TEST_CASE("each element that the grammar's text declares has a rejected document on record") {
    const char* const sources = std::getenv("IMGBUILD_SOURCE_ROOT");
    REQUIRE_MESSAGE(sources != nullptr, "run this by \"meson test\"");
    const std::string grammar = base::read_file(std::string(sources) + "/schema/imgbuild.rnc");
    const std::string recorded = "\n\n" + base::read_file(data_file());
    const std::regex declaration(R"(\belement ([A-Za-z][A-Za-z_-]*) \{)");
    std::size_t count = 0;
    for (std::sregex_iterator one(grammar.begin(), grammar.end(), declaration), end; one != end;
         ++one, ++count) {
        const std::string name = (*one)[1];
        CAPTURE(name);
        const bool has_one = recorded.find("\n\n<" + name + ">\n- <") != std::string::npos ||
                             recorded.find("\n\n<" + name + "> in ") != std::string::npos;
        CHECK(has_one);
    }
    CHECK(count == language().size());
}

TEST_CASE("each element and attribute says what it does and what becomes of it") {
    const std::vector<std::string> states = {"built", "passed", "ignored", "refused"};
    const auto check = [&](const std::string& name, const std::string& documentation) {
        CAPTURE(name);
        const Annotation said = parse_annotation(documentation);
        CHECK(std::count(states.begin(), states.end(), said.state) == 1);
        CHECK(said.text.size() >= 8);
        CHECK(said.text.find('[') == std::string::npos);
        CHECK(said.text.back() == '.');
    };
    for (const ElementReference& element : language()) {
        check(element.name, element.documentation);
        for (const AttributeReference& attribute : element.attributes) {
            check(element.name + "/@" + attribute.name, attribute.documentation);
        }
    }
}
