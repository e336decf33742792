// SPDX-License-Identifier: Apache-2.0
#include "cli/message_text.hpp"

#include "base/text.hpp"
#include "cli/style.hpp"

#include <algorithm>

namespace imgbuild::cli {

namespace {

std::string label(base::LogLevel level, const Style& style) {
    switch (level) {
    case base::LogLevel::warning:
        return style(sgr::yellow, "warning") + ": ";
    case base::LogLevel::error:
        return style(sgr::red, "error") + ": ";
    default:
        return {};
    }
}

} // namespace

std::vector<std::string>
message_lines(base::LogLevel level, std::string_view text, bool with_color) {
    std::vector<std::string> lines;
    for (const std::string_view line : base::split_lines(text)) {
        const std::string start = lines.empty() ? label(level, Style{with_color}) : "  ";
        lines.push_back(start + base::printable(line));
    }
    return lines;
}

std::string output_text(std::string_view line) {
    while (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    line.remove_prefix(line.rfind('\r') + 1);
    std::string text(line);
    std::replace(text.begin(), text.end(), '\t', ' ');
    return base::printable(text);
}

} // namespace imgbuild::cli
