// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/sandbox_plan.hpp"

namespace imgbuild::root {

/// Descriptors of the child, all above 2.
struct SandboxFiles {
    /// A socket: a byte comes when the parent is ready, its end means that the parent is gone;
    /// the controlling end of a terminal goes back.
    int link = -1;
    /// SandboxFailure is written here; closed without it once the command runs.
    int report = -1;
    int input = -1;
    int output = -1;
    /// May be the same as `output`.
    int errors = -1;
};

/// What the command's own process does between fork and exec.
enum class CommandStep : int { fork, session, files, limits, working_directory, program };

struct SandboxFailure {
    /// Index into SandboxPlan::steps; -1: see `command_step`.
    int step = -1;
    CommandStep command_step = CommandStep::fork;
    int error_number = 0;
};

/// Body of the first process of the sandbox: sets it up, starts the command, reaps what is orphaned
/// and exits with the command's status (or 128 + signal); the kernel then kills whatever is left.
[[noreturn]] void run_sandbox_child(const SandboxPlan& plan, const SandboxFiles& files) noexcept;

} // namespace imgbuild::root
