// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace imgbuild::cli {

enum class When { automatic, always, never };

enum class ProgressStyle { automatic, terminal, plain, json, none };

/// Options that every verb takes, before or after its name.
struct GlobalOptions {
    /// Empty: config::Host::default_store.
    std::string store;
    /// 0: as many as there are processors.
    unsigned jobs = 0;
    ProgressStyle progress = ProgressStyle::automatic;
    When color = When::automatic;
    base::LogLevel log_level = base::LogLevel::info;
};

void declare(GlobalOptions& options, CLI::App& app);

} // namespace imgbuild::cli
