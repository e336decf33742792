// SPDX-License-Identifier: Apache-2.0
#include "description/findings.hpp"

#include "description/words.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace imgbuild::description {

base::Diagnostic& Findings::error(std::string code, std::string message, const NamedItem& where) {
    return add(base::Severity::error, std::move(code), std::move(message), where);
}

base::Diagnostic& Findings::warning(std::string code, std::string message, const NamedItem& where) {
    return add(base::Severity::warning, std::move(code), std::move(message), where);
}

base::Diagnostic& Findings::note(std::string code, std::string message, const NamedItem& where) {
    return add(base::Severity::note, std::move(code), std::move(message), where);
}

base::Diagnostic& Findings::add(
    base::Severity severity, std::string code, std::string message, const NamedItem& where) {
    base::Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.code = std::move(code);
    diagnostic.message = std::move(message);
    diagnostic.position = where.position;
    if (where.position.column > 0 && !where.name.empty()) {
        diagnostic.end_column = where.position.column + count_characters(where.name) - 1;
    }
    return diagnostics_.emplace_back(std::move(diagnostic));
}

std::vector<base::Diagnostic> Findings::take_sorted() {
    std::stable_sort(
        diagnostics_.begin(),
        diagnostics_.end(),
        [](const base::Diagnostic& a, const base::Diagnostic& b) {
            const bool a_is_in_file = a.position.line > 0;
            const bool b_is_in_file = b.position.line > 0;
            return std::tie(a_is_in_file, a.position.file, a.position.line, a.position.column) <
                   std::tie(b_is_in_file, b.position.file, b.position.line, b.position.column);
        });
    return std::exchange(diagnostics_, {});
}

NamedItem option_word(const std::string& option, const std::string& value) {
    return {value, Position{option, 0, 0}};
}

} // namespace imgbuild::description
