// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace imgbuild::helpers {

// As in base/, whose text.cpp would bring a library of formats into a program that starts a thousand times.

/// What perl and the shell take for blanks.
inline constexpr std::string_view blanks = " \t\n\r\f\v";

/// The lines of `text` without their ends.
std::vector<std::string_view> split_lines(std::string_view text);

/// The runs of characters that are no blanks.
std::vector<std::string_view> split_words(std::string_view text);

} // namespace imgbuild::helpers
