// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/sandbox_plan.hpp"

namespace imgbuild::root {

/// Carries out the steps of a plan in the child. Allocates nothing and calls no C library function
/// that takes a lock or talks to other threads (setuid and its kin do).
class SetupChild {
public:
    /// @param link see SandboxFiles.
    SetupChild(const SandboxPlan& plan, int link) noexcept
        : plan_(plan)
        , link_(link) {}

    /// @returns 0 or an errno.
    int perform(const SetupStep& step) noexcept;

    /// The command's end of the terminal; -1 if there is none.
    int terminal() const noexcept { return terminal_; }

private:
    int attach_root(const SetupStep& step) noexcept;
    int mount_new(const SetupStep& step) noexcept;
    int bind(const SetupStep& step, const char* source) noexcept;
    int mask(const SetupStep& step) noexcept;
    int make(const SetupStep& step) noexcept;
    int open_terminal() noexcept;
    int enter_root() noexcept;
    int filter_calls() noexcept;
    int drop_capabilities() noexcept;

    int open_target(const SetupStep& step) noexcept;

    const SandboxPlan& plan_;
    int link_;
    int root_ = -1;
    int terminal_ = -1;
};

} // namespace imgbuild::root
