// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Values of attributes with their places.
 */
#pragma once

#include "description/request.hpp"
#include "xml/document.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::description {

/// Characters, not bytes, of UTF-8 text: what columns count.
int count_characters(std::string_view text);

/// The attribute without blanks around it, placed at its first character. Without such an attribute:
/// an empty name at the element's place.
NamedItem read_word(const xml::Element& element, std::string_view attribute);

/// The parts of a comma list, empty ones left out, each placed at its first character.
std::vector<NamedItem> read_list(const xml::Element& element, std::string_view attribute);

/// The attribute without blanks around it; empty if there is none.
std::string read_text(const xml::Element& element, std::string_view attribute);

/// xsd:boolean: "true", "false", "1" or "0".
std::optional<bool> parse_boolean(std::string_view text);

/// Nothing if the element has no such attribute.
std::optional<bool> read_boolean(const xml::Element& element, std::string_view attribute);

} // namespace imgbuild::description
