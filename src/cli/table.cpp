// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "base/text.hpp"
#include "cli/display_text.hpp"

#include <algorithm>

namespace imgbuild::cli {

Table::Table(std::vector<std::string> titles, std::vector<std::size_t> right_aligned)
    : right_aligned_(std::move(right_aligned)) {
    add(std::move(titles));
}

void Table::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) {
        cell = base::printable(cell);
    }
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string filling(widths[i] - display_width(row[i]), ' ');
            const bool is_right =
                std::find(right_aligned_.begin(), right_aligned_.end(), i) != right_aligned_.end();
            line += (i == 0 ? "" : "  ") + (is_right ? filling + row[i] : row[i] + filling);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

} // namespace imgbuild::cli
