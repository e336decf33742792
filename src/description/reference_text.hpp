// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What the two forms of the reference, page and terminal, have in common.
 */
#pragma once

#include "xml/reference.hpp"

#include <string>
#include <tuple>
#include <vector>

namespace imgbuild::description {

/// The elements of the description language.
const std::vector<xml::ElementReference>& language();

/// "<file>", or "<container> in <packages>" where several elements have that name.
std::string title_of(const xml::ElementReference& element);

/// "a, b or c", "true or false". @param quote put around each word.
std::string value_text(const xml::ValueReference& value, const std::string& quote);

/// "one <a>; at most one <b> and <c>; any number of <d>": children by how often they may stand, each
/// as `show` writes it. Empty if there are none.
template <typename Show>
std::string children_text(const xml::ElementReference& element, const Show& show) {
    std::string text;
    for (const auto& [is_required, is_repeatable, words] :
         {std::tuple{true, false, "one "},
          std::tuple{true, true, "one or more "},
          std::tuple{false, false, "at most one "},
          std::tuple{false, true, "any number of "}}) {
        std::string names;
        for (const xml::ChildReference& child : element.children) {
            if (child.is_required == is_required && child.is_repeatable == is_repeatable) {
                names += (names.empty() ? "" : ", ") + show(child);
            }
        }
        if (!names.empty()) {
            text += (text.empty() ? "" : "; ") + std::string(words) + names;
        }
    }
    return text;
}

} // namespace imgbuild::description
