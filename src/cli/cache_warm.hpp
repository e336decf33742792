// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/global_options.hpp"
#include "description/selection.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace imgbuild::cli {

/// `imgbuild cache warm`: compresses what was built for another level of compression, ahead of its use.
class CacheWarm {
public:
    void declare(CLI::App& app);

    int run(const GlobalOptions& options) const;

private:
    /// Descriptions and result directories; none: whatever was built.
    std::vector<std::string> images_;
    description::Selection selection_;
    std::string compression_ = "small";
    bool at_full_speed_ = false;
};

} // namespace imgbuild::cli
