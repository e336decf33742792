// SPDX-License-Identifier: Apache-2.0
// The child shares its parent's memory until it calls exec (vfork), so that starting a program costs
// the same whatever memory imgbuild uses. Between the two it only makes system calls on what was
// prepared before.
#include "process/spawn.hpp"

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "process/pipe.hpp"
#include "process/signals.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace imgbuild::process {

namespace {

enum class Step : int { group, death_signal, standard_files, other_files, directory, program };

/// What the child sends through the pipe when a step fails.
struct Failure {
    Step step = Step::group;
    int error_number = 0;
};

/// Everything the child needs, prepared before it exists.
struct ChildPlan {
    const char* program = nullptr;
    char* const* argv = nullptr;
    char* const* environment = nullptr;
    const char* working_directory = nullptr;
    std::array<int, 3> standard_files = {};
    int report = -1;
    pid_t parent = 0;
};

[[noreturn]] void give_up(const ChildPlan& plan, Step step) noexcept {
    const Failure failure = {step, errno};
    (void)!::write(plan.report, &failure, sizeof(failure));
    ::_exit(127);
}

[[noreturn]] void run_child(const ChildPlan& plan) noexcept {
    if (::setpgid(0, 0) != 0) {
        give_up(plan, Step::group);
    }
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        give_up(plan, Step::death_signal);
    }
    if (::getppid() != plan.parent) {
        // The parent died before the signal was asked for.
        ::_exit(127);
    }
    for (int fd = 0; fd < 3; ++fd) {
        if (::dup2(plan.standard_files[static_cast<std::size_t>(fd)], fd) < 0) {
            give_up(plan, Step::standard_files);
        }
    }
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        give_up(plan, Step::other_files);
    }
    if (plan.working_directory != nullptr && ::chdir(plan.working_directory) != 0) {
        give_up(plan, Step::directory);
    }
    ::umask(022);
    reset_signals();
    ::execve(plan.program, plan.argv, plan.environment);
    give_up(plan, Step::program);
}

/// Alone in its function: what a vfork parent keeps in registers must not be changed by the child.
[[gnu::noinline]] pid_t start_child(const ChildPlan& plan) noexcept {
    const pid_t pid = ::vfork();
    if (pid == 0) {
        run_child(plan);
    }
    return pid;
}

/// A copy of `fd` above the standard descriptors, where dup2 in the child can't overwrite it.
base::UniqueFd above_standard(int fd) {
    base::UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy) {
        base::throw_errno("copying a file descriptor");
    }
    return copy;
}

std::string describe(Step step, const SpawnRequest& request) {
    switch (step) {
    case Step::group:
        return fmt::format("making a process group for {}", request.program);
    case Step::death_signal:
        return fmt::format("tying {} to this process", request.program);
    case Step::standard_files:
        return fmt::format("connecting input and output of {}", request.program);
    case Step::other_files:
        return fmt::format("closing the other files of {}", request.program);
    case Step::directory:
        return fmt::format(
            "changing to the directory {} for {}", request.working_directory, request.program);
    case Step::program:
        break;
    }
    return fmt::format("starting {}", request.program);
}

} // namespace

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const std::string& string : strings) {
        // exec takes char* for historical reasons and does not write to the strings.
        pointers.push_back(const_cast<char*>(string.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

pid_t spawn(const SpawnRequest& request) {
    Pipe report = make_pipe();
    report.write_end = above_standard(report.write_end.get());
    const base::UniqueFd input = above_standard(request.standard_input);
    const base::UniqueFd output = above_standard(request.standard_output);
    const base::UniqueFd error = above_standard(request.standard_error);
    const std::vector<char*> argv = pointers_to(request.argv);
    const std::vector<char*> environment = pointers_to(request.environment);

    ChildPlan plan;
    plan.program = request.program.c_str();
    plan.argv = argv.data();
    plan.environment = environment.data();
    plan.working_directory =
        request.working_directory.empty() ? nullptr : request.working_directory.c_str();
    plan.standard_files = {input.get(), output.get(), error.get()};
    plan.report = report.write_end.get();
    plan.parent = ::getpid();
    pid_t pid = -1;
    {
        const BlockedSignals blocked;
        pid = start_child(plan);
    }
    if (pid < 0) {
        base::throw_errno(fmt::format("starting {}", request.program));
    }
    report.write_end.reset();

    Failure failure;
    ssize_t got = 0;
    do {
        got = ::read(report.read_end.get(), &failure, sizeof(failure));
    } while (got < 0 && errno == EINTR);
    if (got == sizeof(failure)) {
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
        throw base::SystemError(failure.error_number, describe(failure.step, request));
    }
    return pid;
}

} // namespace imgbuild::process
