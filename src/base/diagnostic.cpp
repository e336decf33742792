// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::base {

namespace {

std::string summary(const std::vector<Diagnostic>& diagnostics) {
    const auto errors =
        std::count_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
            return d.severity == Severity::error;
        });
    return errors == 1 ? std::string("the description has an error")
                       : fmt::format("the description has {} errors", errors);
}

} // namespace

DescriptionError::DescriptionError(std::vector<Diagnostic> diagnostics)
    : ErrorKind(summary(diagnostics), ExitCode::usage)
    , diagnostics_(std::move(diagnostics)) {}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
        return d.severity == Severity::error;
    });
}

} // namespace imgbuild::base
