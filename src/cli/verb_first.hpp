// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace imgbuild::cli {

/// The words of a command line with the verb in front, so that a verb's own options may stand before it
/// too, as kiwi has it: "--profile A build DIR". Unchanged if there is no verb to be found.
/// @param app with all its verbs declared.
std::vector<std::string> verb_first(const CLI::App& app, std::vector<std::string> words);

} // namespace imgbuild::cli
