// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace imgbuild::process {

struct SpawnRequest {
    /// Full path of the program.
    std::string program;
    std::vector<std::string> argv;
    /// "NAME=value" each.
    std::vector<std::string> environment;
    /// Empty: that of this process.
    std::string working_directory;
    int standard_input = -1;
    int standard_output = -1;
    int standard_error = -1;
};

/// Starts a program as the leader of its own process group. It has default signal handling, umask
/// 022, no descriptors but 0 to 2, and is killed when the calling thread ends.
/// The caller reaps it (see Child).
/// @throws base::SystemError naming the program and the step that failed.
pid_t spawn(const SpawnRequest& request);

/// For exec: pointers into `strings`, which outlive the result, and a null pointer.
std::vector<char*> pointers_to(const std::vector<std::string>& strings);

} // namespace imgbuild::process
