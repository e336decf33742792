// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "xml/document.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace imgbuild::test {

/// "line:column-end code message | hint | line:column related": a diagnostic in one line.
inline std::string in_one_line(const base::Diagnostic& diagnostic) {
    std::string line =
        std::to_string(diagnostic.position.line) + ":" + std::to_string(diagnostic.position.column);
    if (diagnostic.end_column != 0) {
        line += "-" + std::to_string(diagnostic.end_column);
    }
    line += " " + diagnostic.code + " " + diagnostic.message;
    if (!diagnostic.hint.empty()) {
        line += " | " + diagnostic.hint;
    }
    if (diagnostic.related) {
        line += " | " + std::to_string(diagnostic.related->line) + ":" +
                std::to_string(diagnostic.related->column) + " " + diagnostic.related_message;
    }
    return line;
}

inline std::vector<std::string> in_lines(const std::vector<base::Diagnostic>& diagnostics) {
    std::vector<std::string> lines;
    for (const base::Diagnostic& diagnostic : diagnostics) {
        lines.push_back(in_one_line(diagnostic));
    }
    return lines;
}

/// What Document::parse says about a text; empty if nothing.
inline std::vector<std::string>
parse_errors(const std::string& text, const xml::Limits& limits = {}) {
    try {
        xml::Document::parse(text, "test.xml", limits);
        return {};
    } catch (const base::DescriptionError& error) {
        return in_lines(error.diagnostics());
    }
}

using Lines = std::vector<std::string>;

} // namespace imgbuild::test

/// So that a failed comparison shows both sides.
template <>
struct doctest::StringMaker<imgbuild::test::Lines> {
    static String convert(const imgbuild::test::Lines& lines) {
        std::string text;
        for (const std::string& line : lines) {
            text += "\n  " + line;
        }
        return text.c_str();
    }
};
