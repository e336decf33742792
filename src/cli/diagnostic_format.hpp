// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Findings about a description as programs read them: editors, CI.
 */
#pragma once

#include "base/diagnostic.hpp"

#include <string>
#include <vector>

namespace imgbuild::cli {

enum class DiagnosticFormat {
    /// For people, see `render_diagnostics`.
    text,
    /// An object a line.
    json,
    /// Commands for GitHub's runner, which shows them beside the lines of a change.
    github,
    /// As compilers print them: every editor knows this form.
    gcc,
};

/// @param format another one than text. @returns lines; none if nothing was found.
std::string
format_diagnostics(const std::vector<base::Diagnostic>& diagnostics, DiagnosticFormat format);

} // namespace imgbuild::cli
