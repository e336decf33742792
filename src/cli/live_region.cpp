// SPDX-License-Identifier: Apache-2.0
#include "cli/live_region.hpp"

#include <algorithm>

namespace imgbuild::cli {

namespace {

constexpr const char* hide_cursor = "\x1b[?25l";
constexpr const char* show_cursor = "\x1b[?25h";
constexpr const char* clear_to_end_of_line = "\x1b[K";
constexpr const char* clear_below = "\x1b[J";

bool are_equal(const std::vector<FrameLine>& left, const std::vector<FrameLine>& right) {
    return std::equal(
        left.begin(),
        left.end(),
        right.begin(),
        right.end(),
        [](const FrameLine& one, const FrameLine& other) { return one.text == other.text; });
}

} // namespace

std::string LiveRegion::update(
    const std::vector<std::string>& above,
    const std::vector<FrameLine>& lines,
    std::size_t columns) {
    if (above.empty() && columns == columns_ && are_equal(drawn_, lines)) {
        return {};
    }
    std::string bytes;
    if (drawn_.empty() && !lines.empty()) {
        bytes += hide_cursor;
    }
    if (const std::size_t rows = rows_drawn(columns); rows > 0) {
        bytes += "\r\x1b[" + std::to_string(rows) + "A";
    }
    if (!above.empty()) {
        // These lines may be longer than a row, so nothing old may be left beside or under them.
        bytes += clear_below;
    }
    for (const std::string& line : above) {
        bytes += line + "\n";
    }
    for (const FrameLine& line : lines) {
        bytes += line.text + clear_to_end_of_line + "\n";
    }
    if (!drawn_.empty()) {
        bytes += clear_below;
        if (lines.empty()) {
            bytes += show_cursor;
        }
    }
    drawn_ = lines;
    columns_ = columns;
    return bytes;
}

/// A terminal that became narrower has broken the lines into more rows.
std::size_t LiveRegion::rows_drawn(std::size_t columns) const {
    std::size_t rows = 0;
    for (const FrameLine& line : drawn_) {
        rows += columns == 0 || line.width == 0 ? 1 : (line.width + columns - 1) / columns;
    }
    return rows;
}

} // namespace imgbuild::cli
