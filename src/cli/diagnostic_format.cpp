// SPDX-License-Identifier: Apache-2.0
#include "cli/diagnostic_format.hpp"

#include "base/text.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

namespace imgbuild::cli {

namespace {

std::string_view severity_name(base::Severity severity) {
    switch (severity) {
    case base::Severity::error:
        return "error";
    case base::Severity::warning:
        return "warning";
    case base::Severity::note:
        return "note";
    }
    return {};
}

json::Value place(const base::Position& position) {
    return {{"file", position.file}, {"line", position.line}, {"column", position.column}};
}

/// Lines and columns that are not known are 0.
std::string as_json(const base::Diagnostic& found) {
    json::Value value = place(found.position);
    value["end"] = found.end_column != 0 ? found.end_column : found.position.column;
    value["severity"] = severity_name(found.severity);
    value["code"] = found.code;
    value["message"] = found.message;
    value["hint"] = found.hint;
    if (found.related) {
        value["related"] = place(*found.related);
        value["related"]["message"] = found.related_message;
    }
    return json::dump_line(value) + "\n";
}

/// GitHub's own escapes; a property ends at a comma, and its name at a colon.
std::string github_escaped(std::string_view text, bool is_property) {
    std::string escaped;
    for (const char c : text) {
        const bool is_special =
            c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
        escaped +=
            is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
    return escaped;
}

std::string as_github(const base::Diagnostic& found) {
    std::string text(
        found.severity == base::Severity::note ? "notice" : severity_name(found.severity));
    text = fmt::format("::{} file={}", text, github_escaped(found.position.file, true));
    if (found.position.line > 0) {
        text += fmt::format(",line={}", found.position.line);
    }
    if (found.position.column > 0) {
        text += fmt::format(",col={}", found.position.column);
    }
    if (found.end_column > 0) {
        text += fmt::format(",endColumn={}", found.end_column);
    }
    std::string message = base::printable(found.message);
    if (found.related) {
        message += fmt::format(
            "\n{}: {}", base::to_string(*found.related), base::printable(found.related_message));
    }
    if (!found.hint.empty()) {
        message += "\nhint: " + base::printable(found.hint);
    }
    return fmt::format("{},title={}::{}\n", text, found.code, github_escaped(message, false));
}

std::string
gcc_line(const base::Position& position, std::string_view severity, std::string_view message) {
    const std::string where = base::printable(base::to_string(position));
    return fmt::format(
        "{}{}{}: {}", where, where.empty() ? "" : ": ", severity, base::printable(message));
}

std::string as_gcc(const base::Diagnostic& found) {
    std::string text = gcc_line(found.position, severity_name(found.severity), found.message) +
                       (found.code.empty() ? "\n" : fmt::format(" [{}]\n", found.code));
    if (found.related) {
        text += gcc_line(*found.related, "note", found.related_message) + "\n";
    }
    if (!found.hint.empty()) {
        text += gcc_line(found.position, "note", "hint: " + found.hint) + "\n";
    }
    return text;
}

} // namespace

std::string
format_diagnostics(const std::vector<base::Diagnostic>& diagnostics, DiagnosticFormat format) {
    std::string text;
    for (const base::Diagnostic& found : diagnostics) {
        switch (format) {
        case DiagnosticFormat::json:
            text += as_json(found);
            break;
        case DiagnosticFormat::github:
            text += as_github(found);
            break;
        case DiagnosticFormat::gcc:
        case DiagnosticFormat::text:
            text += as_gcc(found);
            break;
        }
    }
    return text;
}

} // namespace imgbuild::cli
