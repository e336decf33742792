// SPDX-License-Identifier: Apache-2.0
#include "build/script_line.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::build {

namespace {

/// Of "/image/config.sh: line 3: …", as bash says it, or "/image/config.sh: 3: …", as dash does; else 0.
int line_said(std::string_view output, std::string_view script) {
    if (!output.starts_with(script) || !output.substr(script.size()).starts_with(": ")) {
        return 0;
    }
    output.remove_prefix(script.size() + 2);
    if (output.starts_with("line ")) {
        output.remove_prefix(5);
    }
    const auto line = base::parse_number(output.substr(0, output.find(':')));
    return line && *line < 1'000'000'000 ? static_cast<int>(*line) : 0;
}

bool is_syntax_error(std::string_view output) {
    return output.find(": syntax error") != std::string_view::npos ||
           output.find(": Syntax error") != std::string_view::npos;
}

} // namespace

std::string watch_text(const std::string& script, const std::string& line_file) {
    return fmt::format(
        "if [ \"$0\" = {0} ]; then\n"
        // Functions of the script are to be watched too.
        "    set -o functrace\n"
        // The command of the EXIT trap is one more for the DEBUG trap: the line before it counts. Lines of
        // /.kconfig count as the line that called it. With set -x nothing of this is to be seen.
        "    trap '{{ imgbuild_line=${{imgbuild_next-}}; case ${{BASH_SOURCE[0]-}} in \"$0\") "
        "imgbuild_next=$LINENO ;; esac; }} 2>/dev/null' DEBUG\n"
        "    trap '{{ printf \"%s\\n\" \"${{imgbuild_line-}}\" >{1}; }} 2>/dev/null' EXIT\n"
        "fi\n",
        script,
        line_file);
}

int failed_line(
    int noted,
    std::string_view script,
    std::string_view text,
    const std::vector<std::string>& last_lines) {
    int line = noted;
    for (const std::string& output : last_lines) {
        // What can't be parsed was not run, so nothing is noted of it.
        if (is_syntax_error(output) && line_said(output, script) != 0) {
            line = line_said(output, script);
            break;
        }
    }
    if (line == 0 && !last_lines.empty()) {
        // An earlier complaint need not be what ended the script.
        line = line_said(last_lines.back(), script);
    }
    // A missing end is found behind the last line.
    return std::min(line, static_cast<int>(base::split_lines(text).size()));
}

std::optional<UnknownHelper> unknown_helper(std::string_view output, std::string_view script) {
    const std::size_t message = output.find("there is no helper function ");
    const int line = line_said(output, script);
    if (line == 0 || message == std::string_view::npos) {
        return std::nullopt;
    }
    return UnknownHelper{line, std::string(output.substr(message))};
}

} // namespace imgbuild::build
