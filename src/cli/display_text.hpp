// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * How much room text takes on a terminal. All functions expect what `base::printable` returns:
 * valid UTF-8 without control characters. They don't depend on the locale.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::cli {

/// Columns on a terminal: East Asian wide characters and emoji take two, combining marks none.
std::size_t display_width(std::string_view text);

/// `text`, or its beginning and "..." so that it takes at most `width` columns; below four columns
/// there is no room for the dots.
std::string cut_to_width(std::string_view text, std::size_t width);

/// `text` broken at blanks into lines of at most `width` columns; a longer word is broken, after a
/// comma if it has one. Newlines in `text` are kept.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

} // namespace imgbuild::cli
