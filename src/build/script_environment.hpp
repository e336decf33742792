// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

#include <map>
#include <string>
#include <vector>

namespace imgbuild::build {

/// The `kiwi_*` variables of a build, by name.
std::map<std::string, std::string> kiwi_variables(const description::Request& request);

/// Content of /.profile: variables, quoted for a shell.
std::string profile_text(const std::map<std::string, std::string>& variables);

/// Content of /.kconfig: the helper functions that scripts of kiwi descriptions use.
std::string_view kconfig_text();

/// The whole environment of a command that runs in the image: nothing of the caller's.
std::map<std::string, std::string> command_environment();

/// Where a command in the image finds the secret that `--secret NAME=FILE` gives it.
std::string secret_path(const std::string& name);

/// Runs a program of the image that has to succeed, with its output in the build log.
/// @throws base::Error with exit code 4 and the last lines of output.
void run_in_root(
    const StageContext& stage, const std::vector<std::string>& argv, const std::string& what);

} // namespace imgbuild::build
