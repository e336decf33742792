// SPDX-License-Identifier: Apache-2.0
#include "process/process.hpp"

#include "base/cancel.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "process/child.hpp"
#include "process/pipe.hpp"
#include "process/spawn.hpp"
#include "process/stop_event.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace imgbuild::process {

namespace {

constexpr std::chrono::milliseconds stop_grace(500);

std::string describe_end(int status) {
    constexpr int signal_base = 128;
    if (status > signal_base && status < signal_base + NSIG) {
        const int signal = status - signal_base;
        const char* const name = ::sigabbrev_np(signal);
        return name == nullptr ? fmt::format("was ended by signal {}", signal)
                               : fmt::format("was ended by SIG{}", name);
    }
    return fmt::format("ended with status {}", status);
}

std::string search_path() {
    const char* const path = ::secure_getenv("PATH");
    return path != nullptr && *path != '\0'
               ? path
               : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

bool is_program(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

std::string program_of(const Command& command) {
    if (command.argv.empty()) {
        throw base::Error("no program to start");
    }
    const std::string& name = command.argv.front();
    if (name.find('/') != std::string::npos) {
        return name;
    }
    std::optional<std::string> found = find_program(name);
    if (!found) {
        base::Error error(fmt::format("the program {} was not found", name));
        error.set_hint(
            fmt::format("install the package that has {}, or add its directory to PATH", name));
        throw error;
    }
    return *std::move(found);
}

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> variables;
    if (command.environment) {
        for (const auto& [name, value] : *command.environment) {
            variables.push_back(name + "=" + value);
        }
        return variables;
    }
    const char* const home = std::getenv("HOME");
    variables.push_back("PATH=" + search_path());
    variables.push_back(fmt::format("HOME={}", home != nullptr ? home : "/"));
    variables.emplace_back("LANG=C.UTF-8");
    return variables;
}

/// Where what comes out of a pipe goes.
class Receiver {
public:
    Receiver(const Command& command, Result& result)
        : command_(command)
        , result_(result)
        , lines_(command.on_line, command.longest_line) {}

    void add_output(std::string_view bytes) {
        if (command_.on_output) {
            command_.on_output(bytes);
            return;
        }
        if (bytes.size() > command_.output_limit - result_.output.size()) {
            throw base::Error(fmt::format(
                "{} wrote more than {}",
                command_.argv.front(),
                base::format_bytes(command_.output_limit)));
        }
        result_.output += bytes;
    }

    void add_error(std::string_view bytes) { lines_.add(bytes); }

    void finish() {
        lines_.finish();
        result_.last_lines = lines_.last_lines();
    }

private:
    const Command& command_;
    Result& result_;
    LineSplitter lines_;
};

/// Reads once. @returns false at the end of the pipe or, if it does not block, when it is empty.
template <typename Add>
bool read_some(const base::UniqueFd& pipe, const Add& add) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
    if (got > 0) {
        add(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
        return true;
    }
    return got < 0 && errno == EINTR;
}

void set_nonblocking(const base::UniqueFd& fd) {
    if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
        base::throw_errno("preparing a pipe");
    }
}

/// For `poll`: milliseconds, -1 without a limit.
int time_left(std::chrono::steady_clock::time_point begin, std::chrono::milliseconds limit) {
    if (limit.count() == 0) {
        return -1;
    }
    const auto left = begin + limit - std::chrono::steady_clock::now();
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::max<std::int64_t>(whole, 0));
}

/// Collects until the child has ended; what it left running does not keep us waiting.
void collect(
    Child& child,
    base::UniqueFd output,
    base::UniqueFd error,
    Receiver& receiver,
    const Command& command,
    const std::stop_token& stop) {
    const auto begin = std::chrono::steady_clock::now();
    const auto add_output = [&](std::string_view bytes) { receiver.add_output(bytes); };
    const auto add_error = [&](std::string_view bytes) { receiver.add_error(bytes); };
    const StopEvent stop_event(stop);
    set_nonblocking(output);
    set_nonblocking(error);
    for (;;) {
        std::array<pollfd, 4> waited = {{
            {output.get(), POLLIN, 0},
            {error.get(), POLLIN, 0},
            {child.handle(), POLLIN, 0},
            {stop_event.fd(), POLLIN, 0},
        }};
        if (::poll(waited.data(), waited.size(), time_left(begin, command.time_limit)) < 0 &&
            errno != EINTR) {
            base::throw_errno("waiting for a program");
        }
        if (waited[3].revents != 0) {
            child.stop(stop_grace);
            throw base::Interrupted();
        }
        const bool ended = waited[2].revents != 0;
        if (!ended && time_left(begin, command.time_limit) == 0) {
            child.stop(stop_grace);
            throw OverTimeError(command.argv.front(), command.time_limit);
        }
        if (waited[0].revents != 0 && !read_some(output, add_output)) {
            output.reset();
        }
        if (waited[1].revents != 0 && !read_some(error, add_error)) {
            error.reset();
        }
        if (ended) {
            // More than a pipe holds can only come from what the program left running.
            constexpr int most_reads = 64;
            for (int i = 0; i < most_reads && output && read_some(output, add_output); ++i) {
            }
            for (int i = 0; i < most_reads && error && read_some(error, add_error); ++i) {
            }
            return;
        }
    }
}

} // namespace

ProcessError::ProcessError(
    std::vector<std::string> argv, int status, std::vector<std::string> last_lines)
    : ErrorKind(
          fmt::format("{} {}", argv.empty() ? "a program" : argv.front(), describe_end(status)))
    , argv_(std::move(argv))
    , status_(status) {
    set_details(std::move(last_lines));
}

OverTimeError::OverTimeError(const std::string& program, std::chrono::milliseconds limit)
    : ErrorKind(fmt::format(
          "{} has not ended after {} s", program, std::chrono::duration<double>(limit).count())) {}

std::optional<std::string> find_program(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        return is_program(std::string(name)) ? std::optional(std::string(name)) : std::nullopt;
    }
    const std::string path = search_path();
    for (const std::string_view directory : base::split(path, ':')) {
        // An empty part of PATH means the working directory: not a place to start programs from.
        if (!directory.starts_with('/')) {
            continue;
        }
        std::string candidate = base::join_path(directory, name);
        if (is_program(candidate)) {
            return candidate;
        }
    }
    return std::nullopt;
}

Result run(const Command& command, const base::Context& context) {
    base::throw_if_stopped(context.stop);
    Result result;
    Receiver receiver(command, result);
    Pipe output = make_pipe();
    Pipe error = make_pipe();
    const base::UniqueFd input = input_file(command.input);

    SpawnRequest request;
    request.program = program_of(command);
    request.argv = command.argv;
    request.environment = environment_of(command);
    request.working_directory = command.working_directory;
    request.standard_input = input.get();
    request.standard_output = command.merge_output ? error.write_end.get() : output.write_end.get();
    request.standard_error = error.write_end.get();
    Child child(spawn(request), Child::Scope::group);
    output.write_end.reset();
    error.write_end.reset();
    collect(
        child,
        std::move(output.read_end),
        std::move(error.read_end),
        receiver,
        command,
        context.stop);
    result.status = child.wait();
    receiver.finish();
    return result;
}

std::string run_or_throw(const Command& command, const base::Context& context) {
    Result result = run(command, context);
    if (result.status != 0) {
        throw ProcessError(command.argv, result.status, std::move(result.last_lines));
    }
    return std::move(result.output);
}

} // namespace imgbuild::process
