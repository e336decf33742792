// SPDX-License-Identifier: Apache-2.0
#include "cli/reporters.hpp"

#include "cli/error_printer.hpp"
#include "cli/json_reporter.hpp"
#include "cli/plain_reporter.hpp"
#include "cli/terminal_reporter.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace imgbuild::cli {

namespace {

/// Whether standard error can move its cursor.
bool has_terminal() {
    const char* const terminal = std::getenv("TERM");
    return terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb" &&
           ::isatty(STDERR_FILENO) == 1;
}

} // namespace

std::unique_ptr<base::Reporter>
make_reporter(const GlobalOptions& options, const std::stop_token& stop) {
    const bool with_color = wants_color(options.color, STDERR_FILENO);
    ProgressStyle style = options.progress;
    if (style == ProgressStyle::automatic) {
        style = has_terminal() ? ProgressStyle::terminal : ProgressStyle::plain;
    }
    switch (style) {
    case ProgressStyle::json:
        return std::make_unique<JsonReporter>(options.log_level, stop);
    case ProgressStyle::none:
        // What the user has to know is no progress.
        return std::make_unique<PlainReporter>(
            std::max(options.log_level, base::LogLevel::warning), with_color, stop);
    case ProgressStyle::terminal:
        return std::make_unique<TerminalReporter>(
            options.log_level, STDERR_FILENO, with_color, stop);
    default:
        return std::make_unique<PlainReporter>(options.log_level, with_color, stop);
    }
}

} // namespace imgbuild::cli
