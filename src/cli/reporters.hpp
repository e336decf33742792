// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "cli/global_options.hpp"

#include <memory>
#include <stop_token>

namespace imgbuild::cli {

/// The renderer for these options, writing to standard error: bars on a terminal, lines in a pipe.
/// @param stop tells what failed from what was stopped.
std::unique_ptr<base::Reporter>
make_reporter(const GlobalOptions& options, const std::stop_token& stop);

} // namespace imgbuild::cli
