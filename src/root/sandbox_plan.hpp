// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/sandbox.hpp"
#include "root/setup_step.hpp"

#include <linux/filter.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgbuild::root {

struct ResourceLimit {
    int resource = 0;
    rlimit value = {};
};

/// Everything the child of a sandbox needs; made before the child exists, since after the clone
/// another thread's lock on the heap may never be released. Not movable: it points into itself.
struct SandboxPlan {
    /// @param window_size if set, the command gets a terminal of its own, of this size.
    SandboxPlan(
        const std::string& mount_path,
        const SandboxCommand& command,
        const std::optional<winsize>& window_size);
    SandboxPlan(const SandboxPlan&) = delete;
    SandboxPlan& operator=(const SandboxPlan&) = delete;
    ~SandboxPlan() = default;

    std::vector<SetupStep> steps;
    /// Where the command line of this program lies in memory; it may have passwords in it.
    std::span<char> own_command_line;
    std::vector<sock_filter> filter;
    /// Bit N: capability N is kept.
    std::uint64_t capabilities = 0;
    std::vector<ResourceLimit> limits;

    std::string working_directory;
    /// Where the program may be, in this order.
    std::vector<std::string> programs;
    std::vector<std::string> argument_strings;
    std::vector<std::string> environment_strings;
    std::vector<char*> argv;
    std::vector<char*> environment;

    /// Of the command's terminal.
    winsize window = {};

    /// CLONE_NEW… of the namespaces the child gets.
    unsigned long namespaces = 0;
};

/// Capabilities that commands keep; docs/security.md says what each is for.
std::uint64_t kept_capabilities(bool network);

} // namespace imgbuild::root
