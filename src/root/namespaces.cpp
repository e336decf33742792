// SPDX-License-Identifier: Apache-2.0
#include "root/namespaces.hpp"

#include "base/context.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "process/child.hpp"
#include "process/pipe.hpp"
#include "process/process.hpp"
#include "root/id_ranges.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <vector>

namespace imgbuild::root {

namespace {

/// Ids up to "nobody" (65534) occur in every image.
constexpr std::uint64_t needed_ids = 65534;

struct Mapping {
    std::string program;
    std::vector<std::string> arguments;
};

std::string user_name() {
    const passwd* const entry = ::getpwuid(::getuid());
    return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

/// Users or groups: where their subordinate ids are written, and who maps them.
struct IdKind {
    std::string helper;
    std::string file;
    /// The option of getsubids.
    std::vector<std::string> option;
    std::uint64_t own = 0;
};

/// Runs a program without a thread in this process being left, which unshare would refuse.
process::Result run_quietly(const process::Command& command) {
    base::SilentReporter reporter;
    base::ThreadPool pool(1);
    return process::run(command, {reporter, pool, {}});
}

/// From the file, else from where the site keeps them (nsswitch.conf may name a directory service).
std::vector<IdRange> find_ranges(const IdKind& kind, const std::string& user) {
    const std::string text = base::exists(kind.file) ? base::read_file(kind.file) : std::string();
    std::vector<IdRange> ranges = parse_id_ranges(text, user, ::getuid());
    if (ranges.empty() && process::find_program("getsubids")) {
        process::Command command;
        command.argv = {"getsubids"};
        command.argv.insert(command.argv.end(), kind.option.begin(), kind.option.end());
        command.argv.push_back(user);
        ranges = parse_getsubids(run_quietly(command).output);
    }
    return ranges;
}

/// One of the two maps, ready for its helper program.
Mapping prepare_mapping(const IdKind& kind) {
    std::optional<std::string> program = process::find_program(kind.helper);
    if (!program) {
        base::UsageError error(
            fmt::format("building as an ordinary user needs {}, which was not found", kind.helper));
        error.set_hint("install it: apt install uidmap; or run imgbuild as root");
        throw error;
    }
    const std::string user = user_name();
    const std::string& file = kind.file;
    const std::vector<IdRange> ranges = find_ranges(kind, user);
    if (total_ids(ranges) < needed_ids) {
        base::UsageError error(
            ranges.empty() ? fmt::format("{} gives the user {} no subordinate ids", file, user)
                           : fmt::format(
                                 "{} gives the user {} only {} subordinate ids; an image needs {}",
                                 file,
                                 user,
                                 total_ids(ranges),
                                 needed_ids));
        error.set_hint(fmt::format(
            "choose a range that is free in {} and run as root: usermod --add-subuids "
            "100000-165535 --add-subgids 100000-165535 {}",
            file,
            user));
        throw error;
    }
    return {*std::move(program), mapping_arguments(kind.own, ranges)};
}

/// The value of a kernel setting; nothing if this kernel does not have it.
std::optional<std::string> kernel_setting(std::string_view name) {
    const std::string path = fmt::format("/proc/sys/{}", name);
    if (!base::exists(path)) {
        return std::nullopt;
    }
    return std::string(base::trim(base::read_file(path)));
}

/// Why the kernel refuses user namespaces, as far as its settings tell, and what to do.
std::string refusal_hint(int cause) {
    if (kernel_setting("user/max_user_namespaces") == "0") {
        return "the setting user.max_user_namespaces is 0; as root: sysctl -w "
               "user.max_user_namespaces=15000";
    }
    if (kernel_setting("kernel/unprivileged_userns_clone") == "0") {
        return "the setting kernel.unprivileged_userns_clone is 0; as root: sysctl -w "
               "kernel.unprivileged_userns_clone=1";
    }
    if (kernel_setting("kernel/apparmor_restrict_unprivileged_userns") == "1") {
        return "AppArmor keeps ordinary users from using user namespaces; as root: sysctl -w "
               "kernel.apparmor_restrict_unprivileged_userns=0, or give imgbuild an AppArmor "
               "profile with \"userns\"";
    }
    switch (cause) {
    case EINVAL:
        return "this must happen before imgbuild starts threads";
    case ENOSPC:
    case EUSERS:
        return "too many user namespaces exist, or they are nested too deeply; see "
               "user.max_user_namespaces";
    default:
        return "a container's system call filter, a chroot or a security module forbids it; allow "
               "user namespaces there, or run imgbuild as root";
    }
}

[[noreturn]] void throw_refused(int cause, const std::string& what_was_done) {
    base::SystemError error(cause, what_was_done);
    error.set_hint(refusal_hint(cause));
    throw error;
}

/// Mounts of the host that come and go are followed, so that a medium can be unmounted while a build
/// runs; what imgbuild mounts never goes back.
void stop_propagation() {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
        throw_refused(errno, "making the mounts of imgbuild private");
    }
}

/// @returns what went wrong; empty if nothing did.
std::string run_mapper(const Mapping& mapping, pid_t target) {
    process::Command command;
    command.argv = {mapping.program, std::to_string(target)};
    command.argv.insert(command.argv.end(), mapping.arguments.begin(), mapping.arguments.end());
    command.merge_output = true;
    const process::Result result = run_quietly(command);
    if (result.status == 0) {
        return {};
    }
    return fmt::format(
        "{} (status {}): {}",
        base::join(command.argv, " "),
        result.status,
        base::printable(base::join(result.last_lines, "; ")));
}

/// Runs in a process of its own that stays outside of the new namespace: waits for the word that
/// the namespace exists, maps its ids and writes what went wrong.
[[noreturn]] void map_from_outside(
    const std::array<Mapping, 2>& mappings, pid_t target, int go, int answer) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char word = 0;
    if (::read(go, &word, 1) != 1) {
        ::_exit(0);
    }
    try {
        for (const Mapping& mapping : mappings) {
            const std::string problem = run_mapper(mapping, target);
            if (!problem.empty()) {
                base::write_all(answer, problem, "the answer");
                ::_exit(1);
            }
        }
    } catch (const std::exception& error) {
        (void)!::write(answer, error.what(), std::string_view(error.what()).size());
        ::_exit(1);
    }
    ::_exit(0);
}

void become_root_inside() {
    if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
        base::throw_errno("becoming root in a user namespace");
    }
}

void enter_user_namespace() {
    const std::array<Mapping, 2> mappings = {
        prepare_mapping({"newuidmap", "/etc/subuid", {}, ::getuid()}),
        prepare_mapping({"newgidmap", "/etc/subgid", {"-g"}, ::getgid()})};
    process::Pipe go = process::make_pipe();
    process::Pipe answer = process::make_pipe();
    const pid_t target = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        base::throw_errno("starting the helper that maps ids");
    }
    if (pid == 0) {
        go.write_end.reset();
        map_from_outside(mappings, target, go.read_end.get(), answer.write_end.get());
    }
    process::Child helper(pid, process::Child::Scope::process);
    answer.write_end.reset();
    go.read_end.reset();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        throw_refused(errno, "making a user namespace");
    }
    base::write_all(go.write_end.get(), "x", "the helper that maps ids");
    const std::string problem = base::read_all(answer.read_end.get(), "the helper that maps ids");
    if (helper.wait() != 0) {
        base::Error error(fmt::format("mapping subordinate ids failed: {}", problem));
        error.set_hint("newuidmap and newgidmap must be setuid root or have file capabilities (the "
                       "package uidmap installs them so), on a file system without nosuid");
        throw error;
    }
    become_root_inside();
    stop_propagation();
}

} // namespace

void enter_private_namespaces() {
    if (::geteuid() != 0) {
        enter_user_namespace();
        return;
    }
    if (::unshare(CLONE_NEWNS) != 0) {
        base::SystemError error(errno, "making a mount namespace");
        error.set_hint("root here lacks CAP_SYS_ADMIN, as in an ordinary container: run the "
                       "container privileged, or run imgbuild as an ordinary user");
        throw error;
    }
    stop_propagation();
}

std::string id_mapping_name() {
    const std::string map = base::read_file("/proc/self/uid_map");
    const std::vector<std::string_view> words = base::split_words(map);
    const bool is_host = words.size() == 3 && words[0] == "0" && words[1] == "0";
    if (is_host) {
        // An ordinary user without a namespace, who only looks.
        return ::geteuid() == 0 ? "host" : fmt::format("user:{}", ::geteuid());
    }
    return fmt::format("user:{}", words.size() > 1 ? words[1] : "unknown");
}

} // namespace imgbuild::root
