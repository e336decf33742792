// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "cli/global_options.hpp"

#include <string>
#include <vector>

namespace imgbuild::cli {

/// Whether text for this descriptor gets colours: NO_COLOR, TERM and --color decide.
bool wants_color(When color, int fd);

/// An error as people read it on standard error: position, context, cause, details, hint.
void print_error(const base::Error& error, When color);

/// Findings about a description with the line they are about and a caret under the place.
/// @param source the description's text; empty: no excerpts.
std::string render_diagnostics(const std::vector<base::Diagnostic>& diagnostics, bool with_color);

} // namespace imgbuild::cli
