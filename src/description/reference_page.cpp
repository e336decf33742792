// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/reference.hpp"
#include "description/reference_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::description {

namespace {

using xml::AttributeReference;
using xml::ElementReference;

constexpr std::string_view introduction =
    R"(# Reference of the description language

Every element and attribute, made from the comments of `schema/imgbuild.rnc`
(`imgbuild schema --reference` prints this page, `imgbuild schema --doc ELEMENT`
one element). How they work together, with examples, is in
[description.md](description.md).

Each says what becomes of it when a node is built:

| | |
|---|---|
| **built** | it takes part in what is made |
| **passed** | it is handed on, to scripts or in what imgbuild prints; nothing is made of it |
| **ignored** | valid, without effect on a node: disks, boot loaders, installers, other package managers |
| **refused** | valid; `imgbuild build` stops at it and says why |

The order of child elements never matters.

)";

/// "container-in-packages", as renderers of Markdown make it of the heading.
std::string anchor_of(const ElementReference& element) {
    std::string anchor;
    for (const char c : title_of(element)) {
        if (c == ' ') {
            anchor += '-';
        } else if (c != '<' && c != '>' && c != ',') {
            anchor += c;
        }
    }
    return base::to_lower(anchor);
}

std::string heading_of(const ElementReference& element) {
    std::string heading = title_of(element);
    for (const char bracket : {'<', '>'}) {
        heading.erase(std::remove(heading.begin(), heading.end(), bracket), heading.end());
    }
    return heading;
}

std::string link_to(std::size_t number) {
    const ElementReference& element = language()[number];
    return fmt::format("[`<{}>`](#{})", element.name, anchor_of(element));
}

/// A cell of a table: "|" would end it, "<" begin a tag.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '|' ? "\\|" : c == '<' ? "&lt;" : std::string(1, c);
    }
    return escaped;
}

std::string code(const std::string& text) {
    return text.empty() ? "" : "`" + text + "`";
}

/// Words such as "the name" are no values.
std::string default_text(const std::string& value) {
    return value.find(' ') == std::string::npos ? code(value) : value;
}

void write_attributes(
    const std::vector<AttributeReference>& attributes,
    bool are_ignored,
    std::string_view title,
    std::string& page) {
    std::string rows;
    for (const AttributeReference& attribute : attributes) {
        const Annotation said = parse_annotation(attribute.documentation);
        if ((said.state == "ignored") != are_ignored) {
            continue;
        }
        rows += fmt::format(
            "| `{}`{} | {} | {} |{} {}{} |\n",
            attribute.name,
            attribute.is_required ? " **required**" : "",
            value_text(attribute.value, "`"),
            default_text(said.default_value),
            are_ignored ? "" : fmt::format(" {} |", said.state),
            cell(said.text),
            said.example.empty() ? "" : fmt::format(" Example: `{}`", said.example));
    }
    if (!rows.empty()) {
        page += fmt::format(
            "{}| attribute | value | default |{} what it does |\n|---|---|---|{}---|\n{}\n",
            title,
            are_ignored ? "" : " state |",
            are_ignored ? "" : "---|",
            rows);
    }
}

void write_element(const ElementReference& element, std::string& page) {
    const Annotation said = parse_annotation(element.documentation);
    page += fmt::format("### {}\n\n{} ", heading_of(element), cell(said.text));
    if (!said.example.empty()) {
        page += fmt::format("Example: `{}`. ", said.example);
    }
    if (!said.default_value.empty()) {
        page += fmt::format("Default: {}. ", default_text(said.default_value));
    }
    page += fmt::format("**{}**\n\n", said.state);
    std::string parents;
    for (const std::size_t parent : element.parents) {
        parents += (parents.empty() ? "" : ", ") + link_to(parent);
    }
    page += parents.empty() ? "The outermost element." : "Inside " + parents + ".";
    const std::string children =
        children_text(element, [](const auto& child) { return link_to(child.element); });
    if (!children.empty()) {
        page += " Holds " + children + ".";
    } else if (element.has_text) {
        page += fmt::format(
            " Its text: {}{}.",
            value_text(element.text, "`"),
            element.text.may_be_empty ? ", or nothing" : "");
    } else {
        page += " Empty.";
    }
    page += "\n\n";
    write_attributes(element.attributes, false, "", page);
    const bool is_effective = said.state != "ignored";
    write_attributes(
        element.attributes, true, is_effective ? "Without effect on a node:\n\n" : "", page);
}

void write_index(std::string& page) {
    std::vector<std::string> links;
    for (const ElementReference& element : language()) {
        links.push_back(fmt::format("[{}](#{})", heading_of(element), anchor_of(element)));
    }
    std::sort(links.begin(), links.end());
    page += "All elements: " + base::join(links, ",\n") + ".\n\n";
}

} // namespace

std::string reference_page() {
    std::string page(introduction);
    write_index(page);
    for (const bool are_ignored : {false, true}) {
        page += are_ignored
                    ? "## Accepted, without effect on a node\n\nWhat is about disks, boot loaders, "
                      "installers, virtual machines, application containers and\npackage managers "
                      "that imgbuild does not drive.\n\n"
                    : "## What a node is made of\n\n";
        for (const ElementReference& element : language()) {
            if ((parse_annotation(element.documentation).state == "ignored") == are_ignored) {
                write_element(element, page);
            }
        }
    }
    while (page.size() > 1 && page[page.size() - 2] == '\n') {
        page.pop_back();
    }
    return page;
}

} // namespace imgbuild::description
