// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * At which line of a script something went wrong: bash is watched while it runs, other shells say it.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::build {

/// What bash reads before the script (BASH_ENV): it notes the line at which the script itself ended.
/// @param script as it is called in the image. @param line_file where the line is put when it ends.
std::string watch_text(const std::string& script, const std::string& line_file);

/// The line at which a script failed, never more than it has; 0 if nothing tells.
/// @param noted what `line_file` holds, 0 if there is none. @param script as it was called.
/// @param text the script's. @param last_lines of its output.
int failed_line(
    int noted,
    std::string_view script,
    std::string_view text,
    const std::vector<std::string>& last_lines);

/// Of a line that a script's output has because it called a helper function that /.kconfig does not have:
/// where and what, "there is no helper function baseX; there are …". Nothing of any other line.
struct UnknownHelper {
    int line = 0;
    std::string message;
};

std::optional<UnknownHelper> unknown_helper(std::string_view output, std::string_view script);

} // namespace imgbuild::build
