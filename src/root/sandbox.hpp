// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Runs a command inside an image root. The command gets its own mount, pid, ipc, uts (and, unless
 * allowed, network) namespaces, the root mounted nodev, a minimal /dev, masked /proc, read-only
 * /sys, a cut capability bounding set and a system call filter. It dies with imgbuild, and whatever
 * it left running dies with it. docs/security.md says what is and is not kept from a command.
 */
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"
#include "root/root.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

/// Something of the host that the command sees at a path of the image.
struct Bind {
    /// A file or directory of the host.
    std::string source;
    /// Inside the image, without ".."; links are followed there. Missing mount points are made before
    /// and removed after the command. /run and /dev are the command's own: nothing is left there.
    std::string target;
    bool read_only = true;
};

struct SandboxCommand {
    /// argv[0] is searched in the PATH of `environment`, inside the image, unless it has a slash.
    std::vector<std::string> argv;
    /// The whole environment; nothing of the caller's is added.
    std::map<std::string, std::string> environment;
    std::string working_directory = "/";
    std::vector<Bind> binds;
    bool network = false;
    /// fsync and its relatives return at once: for roots that are thrown away if anything fails.
    bool skip_sync = true;
    /// For a person who waits for the command: it gets a terminal of its own, which is connected to
    /// standard input and output of this process. Where one of these is no terminal there is none, and
    /// standard input, output and error are this process's, each for itself. `input` and `on_output` are
    /// not used then.
    bool interactive = false;
    std::string host_name = "localhost";
    /// Given to the command as standard input; /dev/null if empty.
    std::string input;
    /// Receives standard output and error line by line, without line ends; called on one thread.
    std::function<void(std::string_view line)> on_output;
};

struct SandboxResult {
    /// The command's exit status, or 128 + signal.
    int status = 0;
    /// The last lines of its output, at most 40.
    std::vector<std::string> last_lines;
};

/// The root as a place where commands run. Refers to a Root that outlives it.
class Sandbox {
public:
    /// @param mount_path where the root can be reached in this process's mount namespace.
    explicit Sandbox(std::string mount_path);

    /// Runs to the end. A command that fails is a result, not an error.
    /// @throws base::SystemError if the sandbox can't be set up, naming the step, or the command
    ///         can't be started (with ExitCode::script);
    ///         base::Interrupted when stopped, after everything inside was killed.
    SandboxResult run(const SandboxCommand& command, const base::Context& context) const;

private:
    std::string mount_path_;
};

} // namespace imgbuild::root
