// SPDX-License-Identifier: Apache-2.0
#include "description/codes.hpp"

#include "base/text.hpp"
#include "schema/imgbuild_schema.hpp"

#include <algorithm>

namespace imgbuild::description {

namespace {

constexpr std::string_view heading = "\n### ";

std::vector<CodeInfo> read_page(std::string_view page) {
    std::vector<CodeInfo> found;
    std::size_t start = page.find(heading);
    while (start != std::string_view::npos) {
        start += heading.size();
        // A section ends where another one, or a group of sections, begins.
        const std::size_t end = std::min(page.find(heading, start), page.find("\n## ", start));
        const std::string_view section = page.substr(start, end - start);
        const std::size_t line_end = section.find('\n');
        const std::string_view title = section.substr(0, line_end);
        const std::size_t blank = title.find(' ');
        found.push_back(
            {title.substr(0, blank),
             base::trim(title.substr(blank + 1)),
             base::trim(section.substr(line_end))});
        start = page.find(heading, start);
    }
    return found;
}

} // namespace

const std::vector<CodeInfo>& codes() {
    static const std::vector<CodeInfo> table = read_page(schema::codes_page());
    return table;
}

const CodeInfo* find_code(std::string_view word) {
    const std::string wanted = base::to_lower(word);
    const auto found = std::find_if(codes().begin(), codes().end(), [&](const CodeInfo& info) {
        return base::to_lower(info.code) == wanted || info.name == wanted;
    });
    return found == codes().end() ? nullptr : &*found;
}

std::string plain_explanation(const CodeInfo& info) {
    std::string text;
    bool is_example = false;
    for (const std::string_view line : base::split_lines(info.explanation)) {
        if (line.substr(0, 3) == "```") {
            is_example = !is_example;
            continue;
        }
        text += is_example ? "    " : "";
        text += line;
        text += '\n';
    }
    return text;
}

} // namespace imgbuild::description
