// SPDX-License-Identifier: Apache-2.0
#include "process/child.hpp"

#include "base/error.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace imgbuild::process {

namespace {

/// glibc 2.36 declares pidfd_open without C linkage, so C++ can't call it.
int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

} // namespace

Child::Child(pid_t pid, Scope scope)
    : pid_(pid)
    , scope_(scope)
    , handle_(open_pidfd(pid)) {
    if (!handle_) {
        const int cause = errno;
        send_signal(SIGKILL);
        wait();
        throw base::SystemError(cause, "watching a child process");
    }
}

Child::~Child() {
    if (!reaped_) {
        send_signal(SIGKILL);
        wait();
    }
}

void Child::send_signal(int signal) noexcept {
    // A group may outlive its leader, but once the leader is reaped its number may be given to
    // somebody else; so nothing is sent after that.
    if (!reaped_) {
        ::kill(scope_ == Scope::group ? -pid_ : pid_, signal);
    }
}

int Child::wait() noexcept {
    if (reaped_) {
        return status_;
    }
    siginfo_t info = {};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) {
            // Somebody else reaped it: a status that says "unknown" is better than to wait forever.
            reaped_ = true;
            status_ = 255;
            return status_;
        }
    }
    // The leader is dead but still holds its number, so this can only reach its own group.
    if (scope_ == Scope::group) {
        send_signal(SIGKILL);
    }
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return status_;
}

void Child::stop(std::chrono::milliseconds grace) noexcept {
    send_signal(SIGTERM);
    pollfd ended = {handle_.get(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(grace.count())) != 1) {
        send_signal(SIGKILL);
    }
    wait();
}

} // namespace imgbuild::process
