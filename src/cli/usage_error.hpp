// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Error;
} // namespace CLI

namespace imgbuild::cli {

/// What is wrong with a command line, in our words instead of CLI11's: the word that does not fit, what
/// would, and where to read more.
/// @param app after its `parse` threw `problem` for `words`, the command line without the program's name.
base::UsageError
usage_error(const CLI::App& app, const CLI::Error& problem, const std::vector<std::string>& words);

} // namespace imgbuild::cli
