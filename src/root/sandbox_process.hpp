// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "process/child.hpp"
#include "process/pipe.hpp"
#include "root/sandbox_child.hpp"
#include "root/sandbox_plan.hpp"

#include <optional>
#include <utility>

namespace imgbuild::root {

/// A running sandbox, seen from outside. Everything in it is gone when this is.
class SandboxProcess {
public:
    /// Where the command's standard error goes.
    enum class Errors { with_output, apart };

    /// Clones the child. @param plan outlives this. @param input becomes standard input.
    SandboxProcess(const SandboxPlan& plan, base::UniqueFd input, Errors where);

    process::Child& child() { return *child_; }

    /// Output of the command, if it has no terminal; its errors too, unless they are apart.
    const base::UniqueFd& output() const { return output_.read_end; }

    /// The same, for whoever may close them before the end.
    base::UniqueFd take_output() { return std::move(output_.read_end); }

    base::UniqueFd take_errors() { return std::move(errors_.read_end); }

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
    process::Pipe errors_;
    std::optional<process::Child> child_;
};

} // namespace imgbuild::root
