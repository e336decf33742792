// SPDX-License-Identifier: Apache-2.0
#include "description/reference.hpp"

#include "base/error.hpp"
#include "description/reference_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace imgbuild;
using namespace imgbuild::description;

TEST_CASE("an annotation has a text, a default, an example and a state") {
    const Annotation said =
        parse_annotation("Version of it. Default: 1.0. More words. Example: 1.0.3. [built]");
    CHECK(said.text == "Version of it. More words.");
    CHECK(said.default_value == "1.0");
    CHECK(said.example == "1.0.3");
    CHECK(said.state == "built");
    CHECK(parse_annotation("Only a text.").text == "Only a text.");
    CHECK(parse_annotation("Only a text.").state.empty());
    CHECK(parse_annotation("").text.empty());
    CHECK(parse_annotation("A path. Default: /. [ignored]").default_value == "/");
}

TEST_CASE("how often a child may stand") {
    const auto& all = language();
    const auto find = [&](const std::string& name) {
        return *std::find_if(
            all.begin(), all.end(), [&](const auto& element) { return element.name == name; });
    };
    const auto show = [](const xml::ChildReference& child) { return child.name; };
    CHECK(
        children_text(find("description"), show) ==
        "one author, specification; one or more contact; at most one license");
    CHECK(children_text(find("source"), show) == "any number of signing");
    CHECK(children_text(find("signing"), show).empty());
}

TEST_CASE("an element for a terminal") {
    CHECK(reference_of("signing") == R"(<signing>
  A key that signs the repository. Only keys that are named here are trusted.
  [built]
  inside <source>

  key: required, a URL that begins with file:, https:, http: or ftp:
      URL of the key; "file:" with a relative path is beside the description.
      Example: file:debian.asc [built]
)");
    // Two elements have this name.
    const std::string containers = reference_of("container");
    CHECK(containers.find("<container> in <containers>\n") == 0);
    CHECK(containers.find("\n<container> in <packages>\n") != std::string::npos);
    try {
        reference_of("pakage");
        FAIL("there is no such element");
    } catch (const base::UsageError& error) {
        CHECK(error.message() == "the language has no element <pakage>");
        CHECK(error.hint() == "did you mean package or packages?");
    }
}

TEST_CASE("the page has a section for each element, and no link to nowhere") {
    const std::string page = reference_page();
    std::size_t links = 0;
    for (std::size_t at = page.find("](#"); at != std::string::npos;
         at = page.find("](#", at + 1)) {
        const std::size_t start = at + 3;
        const std::string anchor = page.substr(start, page.find(')', start) - start);
        CAPTURE(anchor);
        const bool is_there = std::any_of(language().begin(), language().end(), [&](const auto& e) {
            std::string title = title_of(e);
            title.erase(
                std::remove_if(
                    title.begin(),
                    title.end(),
                    [](char c) { return c == '<' || c == '>' || c == ','; }),
                title.end());
            std::string made;
            for (const char c : title) {
                made += c == ' ' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            }
            return made == anchor && page.find("\n### " + title + "\n") != std::string::npos;
        });
        CHECK(is_there);
        ++links;
    }
    CHECK(links > 2 * language().size());
}
