// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "cli/global_options.hpp"

#include <memory>

namespace imgbuild::cli {

/// The renderer for these options, writing to standard error: bars on a terminal, lines in a pipe.
std::unique_ptr<base::Reporter> make_reporter(const GlobalOptions& options);

} // namespace imgbuild::cli
