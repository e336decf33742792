// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

namespace imgbuild::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(make_build_command());
    commands.push_back(make_validate_command());
    commands.push_back(make_info_command());
    commands.push_back(make_explain_command());
    commands.push_back(make_explain_code_command());
    commands.push_back(make_schema_command());
    commands.push_back(make_boot_command());
    commands.push_back(make_shell_command());
    commands.push_back(make_cache_command());
    commands.push_back(make_version_command());
    return commands;
}

} // namespace imgbuild::cli
