// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <fmt/format.h>

namespace imgbuild::description::test {

std::string bare_document(const std::string& sections) {
    return "<image schemaversion=\"8.5\" name=\"node\">\n"
           "<description type=\"system\"><author>A</author><contact>a@example.org</contact>"
           "<specification>S</specification></description>\n" +
           sections + "\n</image>\n";
}

std::string document(const std::string& sections) {
    return bare_document(
        "<preferences><version>1.0</version><packagemanager>apt</packagemanager>"
        "<type image=\"warewulf\"/></preferences>\n" +
        sections);
}

std::string render(const std::vector<base::Diagnostic>& diagnostics) {
    std::string text;
    for (const base::Diagnostic& diagnostic : diagnostics) {
        const base::Position& place = diagnostic.position;
        text += place.line == 0 ? place.file : fmt::format("{}:{}", place.line, place.column);
        if (diagnostic.end_column != 0) {
            text += fmt::format("-{}", diagnostic.end_column);
        }
        const char* const severity = diagnostic.severity == base::Severity::error     ? "error"
                                     : diagnostic.severity == base::Severity::warning ? "warning"
                                                                                      : "note";
        text += fmt::format(" {} {}: {}\n", severity, diagnostic.code, diagnostic.message);
        if (!diagnostic.hint.empty()) {
            text += fmt::format("  hint: {}\n", diagnostic.hint);
        }
        if (diagnostic.related) {
            text += fmt::format(
                "  {}:{}: {}\n",
                diagnostic.related->line,
                diagnostic.related->column,
                diagnostic.related_message);
        }
    }
    return text;
}

namespace {

Selection for_x86_64(Selection selection) {
    if (selection.architecture.empty()) {
        selection.architecture = "x86_64";
    }
    return selection;
}

} // namespace

std::string
findings_of(const std::string& text, const Selection& selection, const std::string& directory) {
    const auto description = Description::parse(text, directory + "/config.xml");
    return render(description.check(for_x86_64(selection)));
}

Request request_of(const std::string& text, Selection selection) {
    return Description::parse(text, "/nonexistent/config.xml")
        .narrow(for_x86_64(std::move(selection)));
}

std::vector<std::string> names_of(const std::vector<NamedItem>& items) {
    std::vector<std::string> names;
    for (const NamedItem& item : items) {
        names.push_back(item.name);
    }
    return names;
}

} // namespace imgbuild::description::test
