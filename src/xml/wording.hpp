// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The sentences of diagnostics: lists of what is expected, and what was probably meant.
 */
#pragma once

#include "xml/pattern.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// The names that are fixed; an element that may have any name has none.
std::vector<std::string_view> names_of(const std::vector<const Declaration*>& declarations);

/// "<a>, <b> and <c>"; a long list ends with "and 12 more".
std::string element_list(const std::vector<std::string_view>& names);

/// "a, b and c", shortened in the same way.
std::string word_list(const std::vector<std::string_view>& names);

/// "did you mean <a> or <b>?" for elements; empty if nothing is near.
std::string
did_you_mean_element(std::string_view name, const std::vector<std::string_view>& candidates);

/// The name that was surely meant; empty if none is near, or several are equally near.
std::string surely_meant(std::string_view name, const std::vector<std::string_view>& candidates);

/// The two sentences, one of which may be empty.
std::string sentences(const std::string& first, const std::string& second);

/// A value or text in quotes: printable, one line, shortened.
std::string quoted(std::string_view text);

/// What a value that the pattern does not accept should be: "one of a, b and c", "true or false";
/// with what was probably meant.
std::string expected_value(const Pattern* pattern, std::string_view value);

} // namespace imgbuild::xml
