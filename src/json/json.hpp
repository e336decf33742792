// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * JSON values (nlohmann's, members kept in their order), read with positions in the messages.
 * Only .cpp files include this header: it is slow to compile.
 */
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace imgbuild::json {

using Value = nlohmann::ordered_json;

/// @param name what the text is, for messages: a file's path, a URL without secrets.
/// @throws base::Error whose message has the place; exit code is `system` unless the caller knows better.
Value parse(std::string_view text, const std::string& name);

/// As `parse`, but a member that stands twice in an object is an error instead of the last one counting.
Value parse_once(std::string_view text, const std::string& name);

/// Indented by two blanks, with a newline at the end. Strings that are not UTF-8 get U+FFFD for each
/// wrong byte, so a file name from anywhere can't make the writing of a result fail.
std::string dump(const Value& value);

/// The same on one line, without a newline.
std::string dump_line(const Value& value);

} // namespace imgbuild::json
