// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "description/reference.hpp"
#include "description/reference_text.hpp"

#include <fmt/format.h>

namespace imgbuild::description {

namespace {

using xml::AttributeReference;
using xml::ElementReference;

constexpr std::size_t width = 78;

/// The words, each line behind `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent) {
    std::string lines;
    std::string line(indent, ' ');
    bool is_empty = true;
    for (const std::string_view word : base::split_words(text)) {
        if (!is_empty && line.size() + 1 + word.size() > width) {
            lines += line + "\n";
            line.assign(indent, ' ');
            is_empty = true;
        }
        line += (is_empty ? "" : " ") + std::string(word);
        is_empty = false;
    }
    return is_empty ? lines : lines + line + "\n";
}

std::string sentences_of(const Annotation& said) {
    std::string text = said.text;
    if (!said.default_value.empty()) {
        text += fmt::format(" Default: {}.", said.default_value);
    }
    if (!said.example.empty()) {
        text += fmt::format(" Example: {}", said.example);
    }
    return text + fmt::format(" [{}]", said.state);
}

std::string attribute_text(const AttributeReference& attribute) {
    return wrapped(
               fmt::format(
                   "{}: {}{}",
                   attribute.name,
                   attribute.is_required ? "required, " : "",
                   value_text(attribute.value, "\"")),
               2) +
           wrapped(sentences_of(parse_annotation(attribute.documentation)), 6);
}

std::string element_text(const ElementReference& element) {
    std::string text = title_of(element) + "\n";
    text += wrapped(sentences_of(parse_annotation(element.documentation)), 2);
    std::string parents;
    for (const std::size_t parent : element.parents) {
        parents += (parents.empty() ? "inside <" : ", <") + language()[parent].name + ">";
    }
    if (!parents.empty()) {
        text += wrapped(parents, 2);
    }
    const std::string children =
        children_text(element, [](const auto& child) { return "<" + child.name + ">"; });
    if (!children.empty()) {
        text += wrapped("holds " + children, 2);
    } else if (element.has_text) {
        text += wrapped("text: " + value_text(element.text, "\""), 2);
    }
    for (const AttributeReference& attribute : element.attributes) {
        text += (&attribute == &element.attributes.front() ? "\n" : "") + attribute_text(attribute);
    }
    return text;
}

} // namespace

std::string reference_of(const std::string& element) {
    std::string text;
    std::vector<std::string_view> names;
    for (const ElementReference& known : language()) {
        names.push_back(known.name);
        if (known.name == element) {
            text += (text.empty() ? "" : "\n") + element_text(known);
        }
    }
    if (text.empty()) {
        base::UsageError error(
            fmt::format("the language has no element <{}>", base::printable(element)));
        const std::string near = base::did_you_mean(element, names);
        error.set_hint(near.empty() ? "\"imgbuild schema --reference\" has them all" : near);
        throw error;
    }
    return text;
}

} // namespace imgbuild::description
