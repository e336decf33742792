// SPDX-License-Identifier: Apache-2.0
#include "root/sandbox_process.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "process/signals.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace imgbuild::root {

namespace {

/// The child puts its standard descriptors in place with dup2, so no other may be among them.
base::UniqueFd above_standard(base::UniqueFd fd) {
    if (fd.get() > STDERR_FILENO) {
        return fd;
    }
    base::UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!copy) {
        base::throw_errno("preparing a sandbox");
    }
    return copy;
}

process::Pipe make_high_pipe() {
    process::Pipe pipe = process::make_pipe();
    return {std::move(pipe.read_end), above_standard(std::move(pipe.write_end))};
}

std::pair<base::UniqueFd, base::UniqueFd> make_link() {
    std::array<int, 2> ends = {};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        base::throw_errno("preparing a sandbox");
    }
    base::UniqueFd first(ends[0]);
    return {std::move(first), above_standard(base::UniqueFd(ends[1]))};
}

pid_t clone_child(const SandboxPlan& plan, const SandboxFiles& files) {
    const process::BlockedSignals blocked;
    const long pid = ::syscall(SYS_clone, plan.namespaces | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        run_sandbox_child(plan, files);
    }
    return static_cast<pid_t>(pid);
}

std::string describe(const SandboxFailure& failure, const SandboxPlan& plan) {
    const std::string& program = plan.argument_strings.front();
    switch (failure.command_step) {
    case CommandStep::fork:
        return "starting a process in the sandbox";
    case CommandStep::session:
        return fmt::format("making a session for {} in the sandbox", program);
    case CommandStep::files:
        return fmt::format("connecting input and output of {} in the sandbox", program);
    case CommandStep::limits:
        return fmt::format("setting the resource limits of {} in the sandbox", program);
    case CommandStep::working_directory:
        return fmt::format("changing to the directory {} of the image", plan.working_directory);
    case CommandStep::program:
        break;
    }
    return fmt::format("starting {} in the image", program);
}

/// What the user can do about a step that failed; empty if there is nothing to say.
std::string hint_for(const SetupStep& step, int cause) {
    const bool is_forbidden = cause == EPERM || cause == EACCES;
    if (is_forbidden && step.source == "proc") {
        return "this host hides parts of /proc, as containers do, and then allows no new one; "
               "start "
               "the container with --security-opt unmask=ALL (podman) or --security-opt "
               "systempaths=unconfined (docker)";
    }
    if (cause == ENOTDIR || cause == ELOOP) {
        return "the image has something else than a directory there";
    }
    if (is_forbidden) {
        return "a security module or a container of this host forbids it";
    }
    return {};
}

} // namespace

SandboxProcess::SandboxProcess(const SandboxPlan& plan, base::UniqueFd input, Errors where)
    : plan_(plan)
    , report_(make_high_pipe())
    , output_(make_high_pipe()) {
    auto [own_link, child_link] = make_link();
    link_ = std::move(own_link);
    const base::UniqueFd high_input = above_standard(std::move(input));
    const bool is_apart = where == Errors::apart;
    if (is_apart) {
        errors_ = make_high_pipe();
        (void)::fchmod(errors_.write_end.get(), 0622);
    }
    // /dev/stdout leads to the pipe, which commands that changed their user must be able to open.
    (void)::fchmod(output_.write_end.get(), 0622);
    const pid_t pid = clone_child(
        plan_,
        {.link = child_link.get(),
         .report = report_.write_end.get(),
         .input = high_input.get(),
         .output = output_.write_end.get(),
         .errors = is_apart ? errors_.write_end.get() : output_.write_end.get()});
    if (pid < 0) {
        base::SystemError error(errno, "making the namespaces of a sandbox");
        if (error.error_number() == ENOSPC) {
            error.set_hint("too many namespaces exist; see the settings user.max_*_namespaces");
        }
        throw error;
    }
    child_.emplace(pid, process::Child::Scope::process);
    report_.write_end.reset();
    output_.write_end.reset();
    errors_.write_end.reset();
    child_link.reset();
    // If the child is gone already, its status will tell.
    (void)::send(link_.get(), "g", 1, MSG_NOSIGNAL);
}

void SandboxProcess::wait_until_started(int stop_event) {
    for (;;) {
        std::array<pollfd, 2> waited = {
            {{report_.read_end.get(), POLLIN, 0}, {stop_event, POLLIN, 0}}};
        if (::poll(waited.data(), waited.size(), -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            base::throw_errno("waiting for a sandbox");
        }
        if (waited[1].revents != 0) {
            throw base::Interrupted();
        }
        SandboxFailure failure;
        const ssize_t got = ::read(report_.read_end.get(), &failure, sizeof(failure));
        if (got == sizeof(failure)) {
            throw_failure(failure);
        }
        if (got == 0 || errno != EINTR) {
            return;
        }
    }
}

void SandboxProcess::throw_failure(const SandboxFailure& failure) const {
    if (failure.step >= 0) {
        const SetupStep& step = plan_.steps[static_cast<std::size_t>(failure.step)];
        base::SystemError error(
            failure.error_number, fmt::format("setting up the sandbox: {}", step.what));
        error.set_hint(hint_for(step, failure.error_number));
        throw error;
    }
    base::SystemError error(failure.error_number, describe(failure, plan_));
    if (failure.command_step == CommandStep::program ||
        failure.command_step == CommandStep::working_directory) {
        error.set_exit_code(base::ExitCode::script);
    }
    if (failure.command_step == CommandStep::program && failure.error_number == ENOENT) {
        error.set_hint("the image does not have it, or not the interpreter that it names");
    }
    throw error;
}

base::UniqueFd SandboxProcess::take_terminal() {
    char byte = 0;
    iovec data = {&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(link_.get(), &message, MSG_CMSG_CLOEXEC) != 1) {
        base::throw_errno("receiving the terminal of the sandbox");
    }
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) {
        throw base::Error("the sandbox gave no terminal");
    }
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return base::UniqueFd(fd);
}

} // namespace imgbuild::root
