// SPDX-License-Identifier: Apache-2.0
#include "cli/declared_verbs.hpp"

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

std::vector<const CLI::App*> declared_verbs(const CLI::App& app) {
    // Without a filter CLI11 gives those that the command line names.
    return app.get_subcommands([](const CLI::App*) { return true; });
}

} // namespace imgbuild::cli
