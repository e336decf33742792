// SPDX-License-Identifier: Apache-2.0
#include "description/words.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace imgbuild::description {

namespace {

std::optional<xml::Attribute> find_attribute(const xml::Element& element, std::string_view name) {
    for (xml::Attribute& attribute : element.attributes()) {
        if (attribute.name == name) {
            return std::move(attribute);
        }
    }
    return std::nullopt;
}

/// The place of the first character that is no blank in a part of an attribute's value.
Position place_of(const xml::Attribute& attribute, std::string_view word) {
    Position position = attribute.value_position;
    const auto offset = static_cast<std::size_t>(word.data() - attribute.value.data());
    position.column += count_characters(std::string_view(attribute.value).substr(0, offset));
    return position;
}

} // namespace

int count_characters(std::string_view text) {
    constexpr unsigned continuation_mask = 0xC0U;
    constexpr unsigned continuation = 0x80U;
    return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & continuation_mask) != continuation;
    }));
}

NamedItem read_word(const xml::Element& element, std::string_view attribute) {
    const auto found = find_attribute(element, attribute);
    if (!found) {
        return {"", element.position()};
    }
    const std::string_view word = base::trim(found->value);
    return {std::string(word), place_of(*found, word)};
}

std::vector<NamedItem> read_list(const xml::Element& element, std::string_view attribute) {
    std::vector<NamedItem> items;
    const auto found = find_attribute(element, attribute);
    if (!found) {
        return items;
    }
    for (const std::string_view part : base::split(found->value, ',')) {
        const std::string_view word = base::trim(part);
        if (!word.empty()) {
            items.push_back({std::string(word), place_of(*found, word)});
        }
    }
    return items;
}

std::string read_text(const xml::Element& element, std::string_view attribute) {
    return std::string(base::trim(element.attribute(attribute).value_or("")));
}

std::optional<bool> parse_boolean(std::string_view text) {
    const std::string_view word = base::trim(text);
    if (word == "true" || word == "1") {
        return true;
    }
    if (word == "false" || word == "0") {
        return false;
    }
    return std::nullopt;
}

std::optional<bool> read_boolean(const xml::Element& element, std::string_view attribute) {
    const auto value = element.attribute(attribute);
    return value ? parse_boolean(*value) : std::nullopt;
}

} // namespace imgbuild::description
