// SPDX-License-Identifier: Apache-2.0
#include "root/sandbox.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "process/line_splitter.hpp"
#include "process/pipe.hpp"
#include "process/stop_event.hpp"
#include "root/mount_points.hpp"
#include "root/sandbox_plan.hpp"
#include "root/sandbox_process.hpp"
#include "root/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace imgbuild::root {

namespace {

void check_command(const SandboxCommand& command) {
    if (command.argv.empty()) {
        throw base::Error("no command to run in the image");
    }
    for (const Bind& bind : command.binds) {
        if (!base::exists(bind.source)) {
            throw base::SystemError(ENOENT, fmt::format("mounting {} in the image", bind.source));
        }
        const std::vector<std::string_view> components = base::split(bind.target, '/');
        if (std::find(components.begin(), components.end(), "..") != components.end()) {
            throw base::Error(fmt::format("{} is no place to mount something at", bind.target));
        }
    }
}

void check_root(const std::string& mount_path) {
    struct statvfs status = {};
    if (::statvfs(mount_path.c_str(), &status) != 0) {
        base::throw_errno(fmt::format("looking at the root {}", mount_path));
    }
    if ((status.f_flag & ST_NOEXEC) != 0) {
        base::Error error(
            fmt::format("nothing can be run in {}: its file system is mounted noexec", mount_path));
        error.set_hint("choose another place for the store with --store");
        throw error;
    }
}

/// The command with binds whose targets exist and have no links in them, seen from the image.
SandboxCommand with_mount_points(SandboxCommand command, MountPoints& points) {
    for (const char* const name : {"dev", "proc", "sys", "run"}) {
        points.add(name, true);
    }
    for (Bind& bind : command.binds) {
        bind.target = points.add(bind.target, base::is_directory(bind.source));
    }
    return command;
}

/// @returns false at the end of the output.
template <typename Receive>
bool read_output(const base::UniqueFd& output, const Receive& receive) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(output.get(), buffer.data(), buffer.size());
    if (got > 0) {
        receive(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    }
    return got > 0 || (got < 0 && errno == EINTR);
}

/// One of the command's outputs, and where this process has its own.
struct PassedStream {
    base::UniqueFd from;
    int to = -1;
    const char* name = "";

    /// A reader that went away is the command's business: it gets SIGPIPE, as without us in between.
    void pass() {
        try {
            const bool is_open = read_output(
                from, [this](std::string_view bytes) { base::write_all(to, bytes, name); });
            if (!is_open) {
                from.reset();
            }
        } catch (const base::SystemError& error) {
            if (error.error_number() != EPIPE) {
                throw;
            }
            from.reset();
        }
    }
};

/// Output and errors, each for itself, until the command has ended and nobody has them open.
void pass_through(SandboxProcess& process, int stop_event) {
    std::array<PassedStream, 2> streams = {{
        {process.take_output(), STDOUT_FILENO, "standard output"},
        {process.take_errors(), STDERR_FILENO, "standard error"},
    }};
    while (streams[0].from || streams[1].from) {
        // A negative descriptor is passed over.
        std::array<pollfd, 3> waited = {{
            {streams[0].from.get(), POLLIN, 0},
            {streams[1].from.get(), POLLIN, 0},
            {stop_event, POLLIN, 0},
        }};
        if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) {
            base::throw_errno("waiting for a command in the image");
        }
        if (waited[2].revents != 0) {
            throw base::Interrupted();
        }
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (waited[i].revents != 0) {
                streams[i].pass();
            }
        }
    }
}

/// Until the end of the output: that is when the last process inside is gone.
template <typename Receive>
void collect_output(const base::UniqueFd& output, int stop_event, const Receive& receive) {
    for (;;) {
        std::array<pollfd, 2> waited = {{{output.get(), POLLIN, 0}, {stop_event, POLLIN, 0}}};
        if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) {
            base::throw_errno("waiting for a command in the image");
        }
        if (waited[1].revents != 0) {
            throw base::Interrupted();
        }
        if (waited[0].revents != 0 && !read_output(output, receive)) {
            return;
        }
    }
}

base::UniqueFd standard_input() {
    base::UniqueFd copy(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!copy) {
        base::throw_errno("passing standard input to the image");
    }
    return copy;
}

} // namespace

Sandbox::Sandbox(std::string mount_path)
    : mount_path_(std::move(mount_path)) {}

SandboxResult Sandbox::run(const SandboxCommand& wanted, const base::Context& context) const {
    base::throw_if_stopped(context.stop);
    check_command(wanted);
    check_root(mount_path_);
    const process::StopEvent stop_event(context.stop);
    const Root root = Root::open(mount_path_);
    MountPoints points(root);
    const SandboxCommand command = with_mount_points(wanted, points);

    // Without a terminal there is none to be kept from the command; it gets the input as it is.
    const std::optional<winsize> window = command.interactive ? window_size() : std::nullopt;
    const SandboxPlan plan(mount_path_, command, window);
    const bool passes_through = command.interactive && !window;
    SandboxProcess process(
        plan,
        passes_through ? standard_input() : process::input_file(command.input),
        passes_through ? SandboxProcess::Errors::apart : SandboxProcess::Errors::with_output);
    process.wait_until_started(stop_event.fd());

    process::LineSplitter lines(command.on_output);
    if (window) {
        relay_terminal(process.child(), process.take_terminal(), stop_event.fd());
    } else if (passes_through) {
        pass_through(process, stop_event.fd());
    } else {
        collect_output(
            process.output(), stop_event.fd(), [&](std::string_view bytes) { lines.add(bytes); });
    }
    SandboxResult result;
    result.status = process.child().wait();
    lines.finish();
    result.last_lines = lines.last_lines();
    return result;
}

} // namespace imgbuild::root
