// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::base {

/// The parts of `text` between `separator`s; an empty text has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The lines of `text` without their ends; no empty line is made up after the last newline.
std::vector<std::string_view> split_lines(std::string_view text);

/// The runs of characters that are no blanks, tabs or line ends.
std::vector<std::string_view> split_words(std::string_view text);

/// What is found refers into the text, so a text that is gone after the call is refused: a range-for
/// over it would read freed memory.
template <std::same_as<std::string> Text>
std::vector<std::string_view> split(Text&& text, char separator) = delete;
template <std::same_as<std::string> Text>
std::vector<std::string_view> split_lines(Text&& text) = delete;
template <std::same_as<std::string> Text>
std::vector<std::string_view> split_words(Text&& text) = delete;

/// Without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

std::string to_lower(std::string_view text);

/// The parts with `separator` between them.
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// A decimal number without sign; nothing if `text` is anything else or too large.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// "1.2 GB": three significant digits, powers of 1000.
std::string format_bytes(std::uint64_t bytes);

/// "4.2 s", "3 min 20 s".
std::string format_duration(double seconds);

/// Printable on a terminal: control characters and invalid UTF-8 become \xNN. For names and output
/// that come from outside.
std::string printable(std::string_view text);

} // namespace imgbuild::base
