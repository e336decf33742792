// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::cli {

/// A message as the lines to show, escaped, with the level's label before the first; further lines
/// are indented.
std::vector<std::string>
message_lines(base::LogLevel level, std::string_view text, bool with_color);

/// A line of a command's output as it may be shown: of a line that overwrites itself the last state,
/// tabs as blanks, everything else that is not printable escaped.
std::string output_text(std::string_view line);

} // namespace imgbuild::cli
