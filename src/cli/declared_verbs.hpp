// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace imgbuild::cli {

/// The verbs that are declared below `app`, in that order. They live as long as `app`.
std::vector<const CLI::App*> declared_verbs(const CLI::App& app);

} // namespace imgbuild::cli
