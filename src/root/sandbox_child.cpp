// SPDX-License-Identifier: Apache-2.0
#include "root/sandbox_child.hpp"

#include "process/signals.hpp"
#include "root/setup_child.hpp"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace imgbuild::root {

namespace {

[[noreturn]] void give_up(int report, const SandboxFailure& failure) noexcept {
    (void)!::write(report, &failure, sizeof(failure));
    ::_exit(127);
}

[[noreturn]] void give_up(int report, CommandStep step) noexcept {
    give_up(report, {-1, step, errno});
}

/// Other sandboxes' and other threads' descriptors must not stay open in here.
void close_all_but(const SandboxFiles& files) noexcept {
    std::array kept = {files.link, files.report, files.input, files.output, files.errors};
    std::sort(kept.begin(), kept.end());
    unsigned first = 3;
    for (const int fd : kept) {
        const auto number = static_cast<unsigned>(fd);
        if (number > first) {
            ::close_range(first, number - 1, 0);
        }
        first = std::max(first, number + 1);
    }
    ::close_range(first, ~0U, 0);
}

/// The parent wrote a byte once it knew the child; if it died before the death signal was asked for,
/// the socket ends instead.
void wait_for_parent(int link) noexcept {
    char byte = 0;
    if (::read(link, &byte, 1) != 1) {
        ::_exit(127);
    }
}

bool connect_files(const SandboxFiles& files, int terminal) noexcept {
    const std::array<int, 3> sources = terminal >= 0
                                           ? std::array{terminal, terminal, terminal}
                                           : std::array{files.input, files.output, files.errors};
    for (int fd = 0; fd < 3; ++fd) {
        if (::dup2(sources[static_cast<std::size_t>(fd)], fd) < 0) {
            return false;
        }
    }
    return ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

bool set_limits(const SandboxPlan& plan) noexcept {
    return std::all_of(plan.limits.begin(), plan.limits.end(), [](const ResourceLimit& limit) {
        return ::setrlimit(static_cast<__rlimit_resource>(limit.resource), &limit.value) == 0;
    });
}

/// Returns only if none of the places has the program; errno says what was nearest to it.
void start_program(const SandboxPlan& plan) noexcept {
    int cause = ENOENT;
    for (const std::string& program : plan.programs) {
        ::execve(program.c_str(), plan.argv.data(), plan.environment.data());
        if (errno != ENOENT && errno != ENOTDIR) {
            cause = errno;
        }
    }
    errno = cause;
}

[[noreturn]] void
run_command(const SandboxPlan& plan, const SandboxFiles& files, int terminal) noexcept {
    if (::setsid() < 0 || (terminal >= 0 && ::ioctl(terminal, TIOCSCTTY, 0) != 0)) {
        give_up(files.report, CommandStep::session);
    }
    if (!set_limits(plan)) {
        give_up(files.report, CommandStep::limits);
    }
    // Up to here the report goes through a descriptor above 2 that the next step keeps until exec.
    if (!connect_files(files, terminal)) {
        give_up(files.report, CommandStep::files);
    }
    if (::chdir(plan.working_directory.c_str()) != 0) {
        give_up(files.report, CommandStep::working_directory);
    }
    ::umask(022);
    process::reset_signals();
    start_program(plan);
    give_up(files.report, CommandStep::program);
}

/// Exits with the command's status. The processes it leaves behind are killed by that.
[[noreturn]] void reap(pid_t command) noexcept {
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, 0);
        if (ended == command) {
            ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        }
        if (ended < 0 && errno != EINTR) {
            ::_exit(127);
        }
    }
}

} // namespace

void run_sandbox_child(const SandboxPlan& plan, const SandboxFiles& files) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Nobody inside may look at this process: it still is the program of the host, and /proc/1/exe
    // would lead to it.
    ::prctl(PR_SET_DUMPABLE, 0);
    // Everybody may read /proc/1/cmdline. The memory is this process's own.
    std::fill(plan.own_command_line.begin(), plan.own_command_line.end(), '\0');
    close_all_but(files);
    wait_for_parent(files.link);
    ::umask(0);

    SetupChild setup(plan, files.link);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const int failed = setup.perform(plan.steps[i]);
        if (failed != 0) {
            give_up(files.report, {static_cast<int>(i), CommandStep::fork, failed});
        }
    }
    // Changing the user takes the death signal away again.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);

    // Not fork(): it would wait for locks that other threads of the parent held.
    const auto command = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (command < 0) {
        give_up(files.report, CommandStep::fork);
    }
    if (command == 0) {
        run_command(plan, files, setup.terminal());
    }
    ::close_range(0, ~0U, 0);
    reap(command);
}

} // namespace imgbuild::root
