// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <sys/types.h>

#include <chrono>

namespace imgbuild::process {

/// A child process that is certainly gone and reaped when its owner is.
class Child {
public:
    enum class Scope {
        /// Signals go to the child alone.
        process,
        /// Signals go to the process group that the child leads.
        group,
    };

    /// Takes over a child that was just started. @throws base::SystemError (the child is killed).
    Child(pid_t pid, Scope scope);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Kills what still runs.
    ~Child();

    pid_t pid() const noexcept { return pid_; }

    /// A pidfd: readable once the child has ended.
    int handle() const noexcept { return handle_.get(); }

    void send_signal(int signal) noexcept;

    /// Waits for the end. @returns exit status, or 128 + signal.
    int wait() noexcept;

    /// Asks the child to end (SIGTERM); kills it (SIGKILL) if it is still there after `grace`.
    void stop(std::chrono::milliseconds grace) noexcept;

private:
    pid_t pid_;
    Scope scope_;
    bool reaped_ = false;
    int status_ = 0;
    base::UniqueFd handle_;
};

} // namespace imgbuild::process
