// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.hpp"

#include <memory>
#include <vector>

namespace imgbuild::cli {

std::unique_ptr<Command> make_build_command();
std::unique_ptr<Command> make_validate_command();
std::unique_ptr<Command> make_info_command();
std::unique_ptr<Command> make_explain_command();
std::unique_ptr<Command> make_explain_code_command();
std::unique_ptr<Command> make_schema_command();
std::unique_ptr<Command> make_boot_command();
std::unique_ptr<Command> make_shell_command();
std::unique_ptr<Command> make_cache_command();
std::unique_ptr<Command> make_version_command();

/// Every verb, in the order of --help.
std::vector<std::unique_ptr<Command>> all_commands();

} // namespace imgbuild::cli
