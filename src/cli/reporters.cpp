// SPDX-License-Identifier: Apache-2.0
#include "cli/reporters.hpp"

#include "cli/json_reporter.hpp"
#include "cli/plain_reporter.hpp"

namespace imgbuild::cli {

std::unique_ptr<base::Reporter> make_reporter(const GlobalOptions& options) {
    switch (options.progress) {
    case ProgressStyle::json:
        return std::make_unique<JsonReporter>(options.log_level);
    case ProgressStyle::none:
        return std::make_unique<base::SilentReporter>();
    default:
        return std::make_unique<PlainReporter>(options.log_level);
    }
}

} // namespace imgbuild::cli
