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

/// An error as people read it: position, context, cause, details, hint; findings of a
/// DescriptionError one by one. Everything that comes from outside is escaped.
std::string render_error(const base::Error& error, bool with_color);

/// Writes `render_error` to standard error.
void print_error(const base::Error& error, When color);

/// Findings about a description with the line they are about and a caret under the place.
/// Files that can't be read have no excerpts.
std::string render_diagnostics(const std::vector<base::Diagnostic>& diagnostics, bool with_color);

} // namespace imgbuild::cli
