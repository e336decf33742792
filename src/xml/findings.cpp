// SPDX-License-Identifier: Apache-2.0
#include "xml/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace imgbuild::xml {

Findings::Findings(std::string file, std::size_t limit)
    : file_(std::move(file))
    , limit_(limit) {}

base::Diagnostic&
Findings::add(std::string_view code, Mark mark, std::string message, std::string hint) {
    base::Diagnostic diagnostic;
    diagnostic.code = code;
    diagnostic.message = std::move(message);
    diagnostic.position = position(mark);
    diagnostic.hint = std::move(hint);
    if (is_full()) {
        ++left_out_;
        surplus_ = std::move(diagnostic);
        return surplus_;
    }
    diagnostics_.push_back(std::move(diagnostic));
    return diagnostics_.back();
}

std::vector<base::Diagnostic> Findings::take() {
    const auto place = [](const base::Diagnostic& d) {
        return std::tie(d.position.file, d.position.line, d.position.column);
    };
    std::stable_sort(
        diagnostics_.begin(),
        diagnostics_.end(),
        [&](const base::Diagnostic& a, const base::Diagnostic& b) { return place(a) < place(b); });
    diagnostics_.erase(
        std::unique(
            diagnostics_.begin(),
            diagnostics_.end(),
            [&](const base::Diagnostic& a, const base::Diagnostic& b) {
                return place(a) == place(b) && a.message == b.message;
            }),
        diagnostics_.end());
    if (left_out_ > 0) {
        base::Diagnostic rest;
        rest.severity = base::Severity::note;
        rest.message = fmt::format("{} more errors are not shown", left_out_);
        rest.position = {file_, 0, 0};
        diagnostics_.push_back(std::move(rest));
    }
    left_out_ = 0;
    return std::exchange(diagnostics_, {});
}

} // namespace imgbuild::xml
