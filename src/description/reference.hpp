// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The reference of the description language, made of the schema's own comments.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::description {

/// The parts of a comment of the schema, see the beginning of imgbuild.rnc.
struct Annotation {
    std::string text;
    /// Empty if it names none.
    std::string default_value;
    std::string example;
    /// "built", "passed", "ignored" or "refused"; empty if it says nothing.
    std::string state;
};

Annotation parse_annotation(std::string_view documentation);

/// imgbuild.rng and imgbuild.rnc.
std::string_view schema_rng();
std::string_view schema_rnc();

/// docs/reference.md: every element and attribute.
std::string reference_page();

/// The element, or the elements, of that name, for a terminal.
/// @throws base::UsageError with near names if there is none.
std::string reference_of(const std::string& element);

} // namespace imgbuild::description
