// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Starts programs of the host and waits for them. argv vectors only, never a shell. Children are
 * spawned without allocation between fork and exec, report set-up failures by step and errno through
 * a close-on-exec pipe, die with their parent, and are always reaped.
 */
#pragma once

#include "base/context.hpp"
#include "base/error.hpp"
#include "process/line_splitter.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::process {

/// A program ended with an error.
class ProcessError : public base::ErrorKind<ProcessError> {
public:
    ProcessError(std::vector<std::string> argv, int status, std::vector<std::string> last_lines);

    const std::vector<std::string>& argv() const noexcept { return argv_; }

    /// Exit status, or 128 + signal.
    int status() const noexcept { return status_; }

private:
    std::vector<std::string> argv_;
    int status_;
};

struct Command {
    /// argv[0] is searched in PATH unless it has a slash.
    std::vector<std::string> argv;
    /// The whole environment of the child. Without a value: PATH, HOME, LANG=C.UTF-8 only.
    std::optional<std::map<std::string, std::string>> environment;
    std::string working_directory;
    /// Given as standard input; /dev/null if empty.
    std::string input;
    /// Receives standard error (and standard output, if `merge_output`) line by line.
    /// Called on the thread that called `run`.
    std::function<void(std::string_view)> on_line;
    /// Bytes; longer lines are given out in pieces.
    std::size_t longest_line = LineSplitter::longest_line;
    /// Receives standard output as it comes, in pieces of any length; the result's `output` stays empty
    /// then. Called on the thread that called `run`.
    std::function<void(std::string_view)> on_output;
    /// Standard output goes where standard error goes; the result's `output` stays empty.
    bool merge_output = false;
    /// The most bytes of standard output that are kept. More is an error.
    std::size_t output_limit = std::size_t{1} << 28U;
    /// Whoever runs longer is stopped; 0: as long as it takes.
    std::chrono::milliseconds time_limit{0};
};

/// A program did not end within its time limit.
class OverTimeError : public base::ErrorKind<OverTimeError> {
public:
    OverTimeError(const std::string& program, std::chrono::milliseconds limit);
};

struct Result {
    /// Exit status, or 128 + signal.
    int status = 0;
    std::string output;
    /// The last lines that `on_line` received, at most 40.
    std::vector<std::string> last_lines;
};

/// Runs to the end; a failing program is a result. What it left running in its process group is
/// killed. Stopped, it gets half a second to end by itself.
/// @throws base::Error if it can't be started (a missing program is named); OverTimeError;
///         base::Interrupted.
Result run(const Command& command, const base::Context& context);

/// As `run`; anything but status 0 is a ProcessError. @returns standard output.
std::string run_or_throw(const Command& command, const base::Context& context);

/// Full path of a program in PATH; nothing if there is none.
std::optional<std::string> find_program(std::string_view name);

} // namespace imgbuild::process
