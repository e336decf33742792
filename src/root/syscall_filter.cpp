// SPDX-License-Identifier: Apache-2.0
#include "root/syscall_filter.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

namespace imgbuild::root {

namespace {

using Filter =
    std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, base::Deleter<seccomp_release>>;

constexpr std::uint64_t low_half = 0xffffffff;

/// Refused with EPERM, as the kernel does where the right is missing.
constexpr std::array refused_calls = {
    // Mounts and other namespaces.
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "move_mount",
    "open_tree",
    "mount_setattr",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "setns",
    // Code in the kernel, another kernel, the machine's state.
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "nfsservctl",
    "sethostname",
    "setdomainname",
    "syslog",
    "vhangup",
    "_sysctl",
    "sysfs",
    "ustat",
    "uselib",
    // The clock belongs to the host.
    "settimeofday",
    "stime",
    "clock_settime",
    "clock_settime64",
    "clock_adjtime",
    "clock_adjtime64",
    "adjtimex",
    // Hardware.
    "ioperm",
    "iopl",
    "vm86",
    "vm86old",
    "pciconfig_read",
    "pciconfig_write",
    "pciconfig_iobase",
    // Other processes' memory and files.
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_getfd",
    // Wide interfaces of the kernel that were often the way out of a container.
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "fanotify_init",
    "lookup_dcookie",
    // Keys are not divided by namespaces.
    "add_key",
    "request_key",
    "keyctl",
    // Opens files by number, past every mount and root directory.
    "open_by_handle_at",
};

constexpr std::array sync_calls = {
    "fsync",
    "fdatasync",
    "sync",
    "syncfs",
    "sync_file_range",
    "sync_file_range2",
    "msync",
};

/// The highest number of a system call that was looked at for this list (removexattrat, Linux 6.13).
/// Numbers are the same on all architectures from 424 on. Newer calls are answered with ENOSYS, for
/// which every program has an older way: a new way to mount must not be open by default.
constexpr std::uint32_t last_known_call = 466;
constexpr std::uint32_t x32_bit = 0x40000000;

void check(int result, const std::string& what) {
    if (result < 0) {
        throw base::SystemError(-result, fmt::format("building the system call filter: {}", what));
    }
}

/// Adds a rule for a call that may not exist on each architecture.
template <typename... Comparisons>
void add_rule(
    const Filter& filter, std::uint32_t action, const char* name, Comparisons... comparisons) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) {
        // A call that this libseccomp does not know is newer than last_known_call or long gone.
        return;
    }
    const std::array<scmp_arg_cmp, sizeof...(comparisons)> list = {comparisons...};
    check(
        seccomp_rule_add_array(
            filter.get(), action, call, static_cast<unsigned>(list.size()), list.data()),
        name);
}

/// True for the caller if any of `bits` is set in the low half of an argument.
void refuse_bits(const Filter& filter, const char* name, unsigned argument, std::uint64_t bits) {
    for (std::uint64_t bit = 1; bit <= low_half; bit <<= 1U) {
        if ((bits & bit) != 0) {
            add_rule(
                filter,
                SCMP_ACT_ERRNO(EPERM),
                name,
                scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bit, bit});
        }
    }
}

/// New namespaces would give back all that was taken away, inside them.
void refuse_namespaces(const Filter& filter) {
    constexpr std::uint64_t time_namespace = 0x80;
    constexpr std::uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    refuse_bits(filter, "clone", 0, namespaces);
    refuse_bits(filter, "unshare", 0, namespaces | time_namespace);
    // Its flags lie in memory, where a filter can't look; the C library then uses clone.
    add_rule(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3");
}

/// Input that is faked on a terminal would be read by the shell of the user who started imgbuild.
void refuse_terminal_tricks(const Filter& filter) {
    constexpr std::uint64_t tioclinux = 0x541C;
    for (const std::uint64_t request : {std::uint64_t{TIOCSTI}, tioclinux}) {
        // The kernel looks at 32 bits only; so must the filter.
        add_rule(
            filter,
            SCMP_ACT_ERRNO(EPERM),
            "ioctl",
            scmp_arg_cmp{1, SCMP_CMP_MASKED_EQ, low_half, request});
    }
}

/// Linux, with the machine's 32-bit name if wanted; nothing that weakens memory protection.
void refuse_odd_personalities(const Filter& filter) {
    constexpr std::uint64_t allowed = 0x0008 | 0x0020000;
    constexpr std::uint64_t top_bit = 0x80000000;
    // All bits set asks for the present personality and changes nothing; it alone has the top bit.
    for (std::uint64_t bit = 1; bit < top_bit; bit <<= 1U) {
        if ((allowed & bit) == 0) {
            add_rule(
                filter,
                SCMP_ACT_ERRNO(EPERM),
                "personality",
                scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, bit | top_bit, bit});
        }
    }
}

/// Only local, IP and netlink sockets: others (VSOCK reaches the hypervisor) know no namespaces or
/// are rarely looked at code.
void refuse_odd_sockets(const Filter& filter) {
    const std::uint32_t action = SCMP_ACT_ERRNO(EAFNOSUPPORT);
    for (const char* const name : {"socket", "socketpair"}) {
        add_rule(filter, action, name, scmp_arg_cmp{0, SCMP_CMP_GT, AF_NETLINK, 0});
        for (std::uint64_t family = AF_UNIX + 1; family < AF_NETLINK; ++family) {
            if (family != AF_INET && family != AF_INET6) {
                add_rule(filter, action, name, scmp_arg_cmp{0, SCMP_CMP_EQ, family, 0});
            }
        }
    }
}

/// The other calling conventions that this kernel may offer to programs inside.
void add_architectures(const Filter& filter) {
    const auto add = [&](std::uint32_t architecture) {
        const int result = seccomp_arch_add(filter.get(), architecture);
        check(result == -EEXIST ? 0 : result, "adding an architecture");
    };
    switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64:
        add(SCMP_ARCH_X86);
        add(SCMP_ARCH_X32);
        break;
    case SCMP_ARCH_AARCH64:
        add(SCMP_ARCH_ARM);
        break;
    default:
        break;
    }
}

std::vector<sock_filter> export_program(const Filter& filter) {
    const base::UniqueFd file(::memfd_create("filter", MFD_CLOEXEC));
    if (!file) {
        base::throw_errno("building the system call filter");
    }
    check(seccomp_export_bpf(filter.get(), file.get()), "exporting it");
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) {
        base::throw_errno("building the system call filter");
    }
    std::vector<sock_filter> program(
        static_cast<std::size_t>(status.st_size) / sizeof(sock_filter));
    base::read_at(file.get(), std::as_writable_bytes(std::span(program)), 0, "the filter");
    return program;
}

/// Answers calls above `last_known_call` with ENOSYS; goes before the rest of the program.
std::vector<sock_filter> newer_calls_prologue() {
    return {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~x32_bit),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last_known_call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
}

} // namespace

std::vector<sock_filter> build_syscall_filter(bool skip_sync) {
    const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) {
        throw base::Error("building the system call filter failed");
    }
    add_architectures(filter);
    // Keeps the cost of a call small: a search tree instead of one long list of comparisons.
    check(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "choosing its form");
    for (const char* const name : refused_calls) {
        add_rule(filter, SCMP_ACT_ERRNO(EPERM), name);
    }
    refuse_namespaces(filter);
    refuse_terminal_tricks(filter);
    refuse_odd_personalities(filter);
    refuse_odd_sockets(filter);
    if (skip_sync) {
        for (const char* const name : sync_calls) {
            add_rule(filter, SCMP_ACT_ERRNO(0), name);
        }
    }
    std::vector<sock_filter> program = newer_calls_prologue();
    const std::vector<sock_filter> rules = export_program(filter);
    program.insert(program.end(), rules.begin(), rules.end());
    return program;
}

} // namespace imgbuild::root
