// SPDX-License-Identifier: Apache-2.0
#include "root/sandbox_plan.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "process/spawn.hpp"
#include "root/syscall_filter.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <string_view>

namespace imgbuild::root {

namespace {

using Action = SetupStep::Action;
using Options = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint64_t closed = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

SetupStep mount_new(
    const std::string& type,
    const std::string& target,
    const Options& options,
    std::uint64_t attributes) {
    return {
        .action = Action::mount_new,
        .what = fmt::format("mounting a new {} at /{}", type, target),
        .source = type,
        .target = target,
        .options = options,
        .attributes = attributes};
}

SetupStep simple(Action action, const std::string& what, const std::string& source = {}) {
    return {.action = action, .what = what, .source = source};
}

SetupStep
make(Action action, const std::string& target, const std::string& source = {}, mode_t mode = 0755) {
    return {
        .action = action,
        .what = fmt::format("making /{}", target),
        .source = source,
        .target = target,
        .mode = mode};
}

SetupStep mask_file(const std::string& target) {
    return {
        .action = Action::mask_file,
        .what = fmt::format("hiding /{}", target),
        .target = target,
        .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY};
}

SetupStep mask_directory(const std::string& target) {
    return {
        .action = Action::mask_directory,
        .what = fmt::format("hiding /{}", target),
        .source = "tmpfs",
        .target = target,
        .options = {{"mode", "0555"}},
        .attributes = closed | MOUNT_ATTR_RDONLY};
}

/// The host's nodes, so that an ordinary user can have them too. Read-only mounts keep a command
/// from changing mode or owner of the host's node; data still goes through.
void add_device(std::vector<SetupStep>& steps, const std::string& name, const std::string& source) {
    steps.push_back(make(Action::make_file, "dev/" + name, {}, 0666));
    steps.push_back(
        {.action = Action::bind,
         .what = fmt::format("making the device /dev/{}", name),
         .source = source,
         .target = "dev/" + name,
         .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY});
}

void add_devices(std::vector<SetupStep>& steps, bool has_terminal) {
    steps.push_back(
        mount_new("tmpfs", "dev", {{"mode", "0755"}, {"size", "4m"}, {"nr_inodes", "4k"}}, closed));
    for (const char* const name : {"null", "zero", "full", "random", "urandom", "tty"}) {
        add_device(steps, name, fmt::format("/dev/{}", name));
    }
    steps.push_back(make(Action::make_directory, "dev/pts"));
    steps.push_back(mount_new(
        "devpts",
        "dev/pts",
        {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}},
        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
    steps.push_back(make(Action::make_directory, "dev/shm"));
    steps.push_back(mount_new("tmpfs", "dev/shm", {{"mode", "1777"}, {"size", "25%"}}, closed));
    constexpr std::array<std::pair<const char*, const char*>, 5> links = {{
        {"ptmx", "pts/ptmx"},
        {"fd", "/proc/self/fd"},
        {"stdin", "/proc/self/fd/0"},
        {"stdout", "/proc/self/fd/1"},
        {"stderr", "/proc/self/fd/2"},
    }};
    for (const auto& [name, target] : links) {
        steps.push_back(make(Action::make_symlink, fmt::format("dev/{}", name), target));
    }
    if (has_terminal) {
        steps.push_back(make(Action::make_file, "dev/console", {}, 0600));
        steps.push_back(simple(Action::open_terminal, "making a terminal"));
    } else {
        add_device(steps, "console", "/dev/null");
    }
}

/// A new /proc shows only the processes of the sandbox. It is read-only as a whole: root needs no
/// capability to write to what lies in there, and no list of dangerous files would ever be complete.
void add_proc(std::vector<SetupStep>& steps) {
    steps.push_back(mount_new("proc", "proc", {}, closed | MOUNT_ATTR_RDONLY));
    for (const char* const name :
         {"kcore",
          "key-users",
          "keys",
          "kmsg",
          "kpagecgroup",
          "kpagecount",
          "kpageflags",
          "latency_stats",
          "sched_debug",
          "sysrq-trigger",
          "timer_list",
          "timer_stats",
          "vmcore"}) {
        steps.push_back(mask_file(fmt::format("proc/{}", name)));
    }
    for (const char* const name : {"acpi", "asound", "scsi"}) {
        steps.push_back(mask_directory(fmt::format("proc/{}", name)));
    }
}

void add_sys(std::vector<SetupStep>& steps) {
    SetupStep sys = mount_new("sysfs", "sys", {}, closed | MOUNT_ATTR_RDONLY);
    // Only the owner of the network namespace may make a new sysfs.
    sys.fallback = "/sys";
    steps.push_back(std::move(sys));
    for (const char* const name : {"firmware", "devices/virtual/powercap"}) {
        steps.push_back(mask_directory(fmt::format("sys/{}", name)));
    }
}

void add_run(std::vector<SetupStep>& steps) {
    steps.push_back(mount_new(
        "tmpfs", "run", {{"mode", "0755"}, {"size", "20%"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
    steps.push_back(make(Action::make_directory, "run/lock", {}, 01777));
}

/// "a", "a/b", "a/b/c" for "/a//b/./c".
std::vector<std::string> prefixes_of(std::string_view path) {
    std::vector<std::string> prefixes;
    std::string prefix;
    for (const std::string_view component : base::split(path, '/')) {
        if (component.empty() || component == ".") {
            continue;
        }
        if (!prefix.empty()) {
            prefix += '/';
        }
        prefix += component;
        prefixes.push_back(prefix);
    }
    return prefixes;
}

SetupStep bind_step(const Bind& bind) {
    const bool is_directory = base::is_directory(bind.source);
    return {
        .action = Action::bind,
        .what = fmt::format("mounting {} at {}", bind.source, bind.target),
        .source = bind.source,
        .target = bind.target,
        .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                      (bind.read_only ? std::uint64_t{MOUNT_ATTR_RDONLY} : 0),
        .recursive = is_directory,
        .mount_point = prefixes_of(bind.target),
        .target_is_file = !is_directory};
}

std::vector<SetupStep>
make_steps(const std::string& mount_path, const SandboxCommand& command, bool has_terminal) {
    std::vector<SetupStep> steps;
    steps.push_back(simple(Action::stop_propagation, "making the mounts private"));
    steps.push_back(
        {.action = Action::attach_root,
         .what = fmt::format("mounting the root {}", mount_path),
         .source = mount_path,
         .attributes = MOUNT_ATTR_NODEV});
    add_devices(steps, has_terminal);
    add_proc(steps);
    add_sys(steps);
    add_run(steps);
    for (const Bind& bind : command.binds) {
        steps.push_back(bind_step(bind));
    }
    steps.push_back(simple(Action::enter_root, "changing to the new root"));
    steps.push_back(simple(Action::set_host_name, "setting the host name", command.host_name));
    if (!command.network) {
        steps.push_back(simple(Action::start_loopback, "starting the loopback interface"));
    }
    steps.push_back(simple(Action::leave_keyring, "leaving the keyring of the user"));
    steps.push_back(simple(Action::become_root, "becoming root"));
    steps.push_back(simple(Action::filter_calls, "installing the system call filter"));
    steps.push_back(simple(Action::drop_capabilities, "giving up capabilities"));
    return steps;
}

/// Never above what this process may have itself.
ResourceLimit limit(int resource, rlim_t soft, rlim_t hard) {
    rlimit present = {};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &present) != 0) {
        base::throw_errno("reading the resource limits");
    }
    hard = std::min(hard, present.rlim_max);
    return {resource, {std::min(soft, hard), hard}};
}

std::vector<std::string> candidates(const SandboxCommand& command) {
    const std::string& name = command.argv.front();
    if (name.find('/') != std::string::npos) {
        return {name};
    }
    const auto path = command.environment.find("PATH");
    std::vector<std::string> programs;
    if (path != command.environment.end()) {
        for (const std::string_view directory : base::split(path->second, ':')) {
            if (directory.starts_with('/')) {
                programs.push_back(base::join_path(directory, name));
            }
        }
    }
    return programs;
}

/// @throws base::Error if the kernel does not tell.
std::span<char> find_command_line() {
    // proc(5): what comes behind the name in brackets, which may have anything in it, is parted by blanks and
    // starts with the third field.
    constexpr std::size_t start_field = 48 - 3;
    constexpr std::size_t end_field = 49 - 3;
    const std::string text = base::read_file("/proc/self/stat");
    const std::string_view behind_name = std::string_view(text).substr(text.rfind(')') + 1);
    const std::vector<std::string_view> fields = base::split_words(behind_name);
    const auto number = [&fields](std::size_t index) {
        return index < fields.size() ? base::parse_number(fields[index]).value_or(0) : 0;
    };
    const std::uint64_t start = number(start_field);
    const std::uint64_t end = number(end_field);
    if (start == 0 || end < start) {
        throw base::Error("/proc/self/stat does not tell where the command line is");
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel gives the address as a number.
    return {reinterpret_cast<char*>(start), static_cast<std::size_t>(end - start)};
}

} // namespace

std::uint64_t kept_capabilities(bool network) {
    std::uint64_t kept = 0;
    for (const int capability :
         {CAP_CHOWN,
          CAP_DAC_OVERRIDE,
          CAP_FOWNER,
          CAP_FSETID,
          CAP_KILL,
          CAP_SETGID,
          CAP_SETUID,
          CAP_SETPCAP,
          CAP_SYS_CHROOT,
          CAP_MKNOD,
          CAP_AUDIT_WRITE,
          CAP_SETFCAP}) {
        kept |= std::uint64_t{1} << static_cast<unsigned>(capability);
    }
    if (!network) {
        // Harmless in a network of its own; with the host's it could take the place of a service.
        kept |= std::uint64_t{1} << static_cast<unsigned>(CAP_NET_BIND_SERVICE);
    }
    return kept;
}

SandboxPlan::SandboxPlan(
    const std::string& mount_path,
    const SandboxCommand& command,
    const std::optional<winsize>& window_size)
    : steps(make_steps(mount_path, command, window_size.has_value()))
    , own_command_line(find_command_line())
    , filter(build_syscall_filter(command.skip_sync))
    , capabilities(kept_capabilities(command.network))
    , working_directory(command.working_directory)
    , programs(candidates(command))
    , argument_strings(command.argv)
    , window(window_size.value_or(winsize{}))
    , namespaces(
          CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
          (command.network ? 0UL : static_cast<unsigned long>(CLONE_NEWNET))) {
    for (const auto& [name, value] : command.environment) {
        environment_strings.push_back(name + "=" + value);
    }
    argv = process::pointers_to(argument_strings);
    environment = process::pointers_to(environment_strings);
    limits = {
        limit(RLIMIT_CORE, 0, 0),
        limit(RLIMIT_NPROC, 8192, 8192),
        // Some programs close every number up to the limit one by one.
        limit(RLIMIT_NOFILE, 1024, 65536),
    };
}

} // namespace imgbuild::root
