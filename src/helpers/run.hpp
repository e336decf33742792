// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Runs a program of the image, found by PATH, with this program's environment and files.
/// @param output where its standard output goes; its own if empty.
/// @returns its exit status, or 128 + signal; 127 if it can't be started.
int run(const std::vector<std::string>& argv, const std::string& output = {});

/// Becomes the program at `path`. @returns only if that is not possible: 126 or 127, as a shell would.
int become(const std::string& path, char* const* argv);

/// The value of an environment variable that is set and not empty.
bool has_environment(const char* name);

} // namespace imgbuild::helpers
