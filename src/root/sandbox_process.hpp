// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "process/child.hpp"
#include "process/pipe.hpp"
#include "root/sandbox_child.hpp"
#include "root/sandbox_plan.hpp"

#include <optional>

namespace imgbuild::root {

/// A running sandbox, seen from outside. Everything in it is gone when this is.
class SandboxProcess {
public:
    /// Clones the child. @param plan outlives this. @param input becomes standard input.
    SandboxProcess(const SandboxPlan& plan, base::UniqueFd input);

    process::Child& child() { return *child_; }

    /// Output and errors of the command, if it has no terminal.
    const base::UniqueFd& output() const { return output_.read_end; }

    /// Waits until the command runs.
    /// @param stop_event see process::StopEvent.
    /// @throws base::SystemError naming the step that failed; base::Interrupted.
    void wait_until_started(int stop_event);

    /// The controlling end of the command's terminal; to be called once, after the start.
    base::UniqueFd take_terminal();

private:
    [[noreturn]] void throw_failure(const SandboxFailure& failure) const;

    const SandboxPlan& plan_;
    base::UniqueFd link_;
    process::Pipe report_;
    process::Pipe output_;
    std::optional<process::Child> child_;
};

} // namespace imgbuild::root
