// SPDX-License-Identifier: Apache-2.0
// Tries one thing that a sandbox must refuse and says "allowed" or the name of the errno.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

using Attempt = long (*)();

#if defined(__x86_64__)
/// A call by the 32-bit door of a 64-bit kernel.
long call_i386(long number, long a, long b, long c) {
    long result = 0;
    asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    if (result < 0) {
        errno = static_cast<int>(-result);
        return -1;
    }
    return result;
}

long call_x32(long number) {
    return ::syscall(number | 0x40000000, 0, 0, 0);
}

long i386_mount() {
    return call_i386(21, 0, 0, 0);
}

long i386_unshare() {
    return call_i386(310, CLONE_NEWUSER, 0, 0);
}

long i386_socketcall() {
    return call_i386(102, 1, 0, 0);
}

long i386_sync() {
    return call_i386(118, -1, 0, 0);
}

long x32_mount() {
    return call_x32(165);
}
#else
long i386_mount() {
    errno = EPERM;
    return -1;
}

long i386_unshare() {
    errno = EPERM;
    return -1;
}

long i386_socketcall() {
    errno = ENOSYS;
    return -1;
}

long i386_sync() {
    return 0;
}

long x32_mount() {
    errno = EPERM;
    return -1;
}
#endif

/// The classical way out of a chroot: keep a directory outside open, change the root below it,
/// then walk up. It must end at the root of the image.
long chroot_escape() {
    const int outside = ::open("/", O_RDONLY | O_DIRECTORY);
    (void)::mkdir("/tmp/jail", 0755);
    if (outside < 0 || ::chroot("/tmp/jail") != 0 || ::fchdir(outside) != 0) {
        return -1;
    }
    for (int i = 0; i < 64; ++i) {
        (void)!::chdir("..");
    }
    if (::chroot(".") != 0) {
        return -1;
    }
    // Only the image has the probe there.
    struct stat status = {};
    if (::stat("/bin/probe", &status) == 0) {
        errno = ENOTSUP;
        return -1;
    }
    return 0;
}

long device_node() {
    (void)::unlink("/tmp/disk");
    // The kernel's memory device: exists on every machine.
    if (::mknod("/tmp/disk", S_IFCHR | 0666, ::makedev(1, 1)) != 0) {
        return -1;
    }
    return ::open("/tmp/disk", O_RDONLY);
}

long device_node_in(const char* path) {
    (void)::unlink(path);
    // 1:3 is /dev/null, which anybody could open if only the mount allowed devices.
    if (::mknod(path, S_IFCHR | 0666, ::makedev(1, 3)) != 0) {
        return -1;
    }
    return ::open(path, O_RDONLY);
}

long open_by_handle() {
    // A file_handle for inode 2: 8 bytes of type 1.
    std::array<std::uint32_t, 4> handle = {8, 1, 2, 0};
    return ::syscall(SYS_open_by_handle_at, AT_FDCWD, handle.data(), O_RDONLY);
}

long capability_gain() {
    // Sets the effective set to everything.
    std::array<std::uint32_t, 2> header = {0x20080522, 0};
    std::array<std::uint32_t, 6> sets = {};
    sets.fill(0xffffffff);
    return ::syscall(SYS_capset, header.data(), sets.data());
}

long init_memory() {
    std::array<char, 8> byte = {};
    iovec local = {byte.data(), byte.size()};
    iovec remote = {byte.data(), byte.size()};
    return ::process_vm_readv(1, &local, 1, &remote, 1, 0);
}

struct Named {
    std::string_view name;
    Attempt attempt;
};

constexpr std::array attempts = {
    Named{"mount", [] { return long{::mount("none", "/tmp", "tmpfs", 0, nullptr)}; }},
    Named{"remount", [] { return long{::mount("", "/proc", "", MS_REMOUNT | MS_BIND, nullptr)}; }},
    Named{"umount", [] { return long{::umount2("/proc", MNT_DETACH)}; }},
    Named{"pivot_root", [] { return ::syscall(SYS_pivot_root, ".", "."); }},
    Named{"fsopen", [] { return ::syscall(SYS_fsopen, "tmpfs", 0); }},
    Named{"open_tree", [] { return ::syscall(SYS_open_tree, AT_FDCWD, "/", 1); }},
    Named{"open_tree_attr", [] { return ::syscall(467, AT_FDCWD, "/", 1, 0, 0); }},
    Named{"move_mount", [] { return ::syscall(SYS_move_mount, 0, "", 0, "", 0); }},
    Named{"mount_setattr", [] { return ::syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, 0, 0); }},
    Named{"i386-mount", i386_mount},
    Named{"i386-unshare", i386_unshare},
    Named{"i386-socketcall", i386_socketcall},
    Named{"i386-fsync", i386_sync},
    Named{"x32-mount", x32_mount},
    Named{"unshare-user", [] { return long{::unshare(CLONE_NEWUSER)}; }},
    Named{"unshare-mount", [] { return long{::unshare(CLONE_NEWNS)}; }},
    Named{"unshare-net", [] { return long{::unshare(CLONE_NEWNET)}; }},
    Named{"unshare-files", [] { return long{::unshare(CLONE_FILES)}; }},
    Named{"clone-user", [] { return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); }},
    Named{"clone3", [] { return ::syscall(SYS_clone3, 0, 0); }},
    Named{"setns", [] { return long{::setns(0, 0)}; }},
    Named{"init_module", [] { return ::syscall(SYS_init_module, "", 0, ""); }},
    Named{"finit_module", [] { return ::syscall(SYS_finit_module, 0, "", 0); }},
    Named{"delete_module", [] { return ::syscall(SYS_delete_module, "none", 0); }},
    Named{"kexec_load", [] { return ::syscall(SYS_kexec_load, 0, 0, 0, 0); }},
    Named{"reboot", [] { return ::syscall(SYS_reboot, 0, 0, 0, 0); }},
    Named{"swapon", [] { return long{::swapon("/tmp/none", 0)}; }},
    Named{"acct", [] { return ::syscall(SYS_acct, 0); }},
    Named{"settimeofday", [] { return ::syscall(SYS_settimeofday, 0, 0); }},
    Named{"clock_settime", [] { return ::syscall(SYS_clock_settime, 0, 0); }},
    Named{"adjtimex", [] { return ::syscall(SYS_adjtimex, 0); }},
    Named{"bpf", [] { return ::syscall(SYS_bpf, 0, 0, 0); }},
    Named{"perf_event_open", [] { return ::syscall(SYS_perf_event_open, 0, 0, 0, 0, 0); }},
    Named{"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 1); }},
    Named{"io_uring_setup", [] { return ::syscall(SYS_io_uring_setup, 1, 0); }},
    Named{"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    Named{"process_vm_readv", init_memory},
    Named{"pidfd_getfd", [] { return ::syscall(SYS_pidfd_getfd, 0, 0, 0); }},
    Named{"keyctl", [] { return ::syscall(SYS_keyctl, 0, -3, 0); }},
    Named{"add_key", [] { return ::syscall(SYS_add_key, "user", "x", "y", 1, -5); }},
    Named{"request_key", [] { return ::syscall(SYS_request_key, "user", "x", 0, -5); }},
    Named{"open_by_handle_at", open_by_handle},
    Named{"fanotify_init", [] { return ::syscall(SYS_fanotify_init, 0, 0); }},
    Named{"syslog", [] { return ::syscall(SYS_syslog, 3, 0, 0); }},
    Named{"sethostname", [] { return long{::sethostname("x", 1)}; }},
    Named{"personality-exec", [] { return long{::personality(READ_IMPLIES_EXEC)}; }},
    Named{"personality-low", [] { return long{::personality(MMAP_PAGE_ZERO)}; }},
    Named{"personality-query", [] { return long{::personality(0xffffffff)}; }},
    Named{"personality-32", [] { return long{::personality(PER_LINUX32)}; }},
    Named{"tiocsti", [] { return long{::ioctl(0, TIOCSTI, "x")}; }},
    Named{
        "tiocsti-high-bits",
        [] { return ::syscall(SYS_ioctl, 0, 0xffffffff00000000UL | TIOCSTI, "x"); }},
    Named{"tioclinux", [] { return long{::ioctl(0, 0x541C, "x")}; }},
    Named{"vsock", [] { return long{::socket(40, SOCK_STREAM, 0)}; }},
    Named{"packet-socket", [] { return long{::socket(AF_PACKET, SOCK_RAW, 0)}; }},
    Named{"alg-socket", [] { return long{::socket(AF_ALG, SOCK_SEQPACKET, 0)}; }},
    Named{"raw-socket", [] { return long{::socket(AF_INET, SOCK_RAW, 1)}; }},
    Named{"ip-socket", [] { return long{::socket(AF_INET, SOCK_STREAM, 0)}; }},
    Named{"unix-socket", [] { return long{::socket(AF_UNIX, SOCK_STREAM, 0)}; }},
    Named{"netlink-socket", [] { return long{::socket(AF_NETLINK, SOCK_RAW, 0)}; }},
    Named{"chroot-escape", chroot_escape},
    Named{"device-in-root", device_node},
    Named{"device-in-dev", [] { return device_node_in("/dev/x"); }},
    Named{"device-in-shm", [] { return device_node_in("/dev/shm/x"); }},
    Named{"device-in-run", [] { return device_node_in("/run/x"); }},
    Named{"capset", capability_gain},
    Named{"fsync-bad", [] { return long{::fsync(-1)}; }},
    Named{"sync_file_range-bad", [] { return long{::sync_file_range(-1, 0, 0, 0)}; }},
    Named{"syncfs-bad", [] { return long{::syncfs(-1)}; }},
    Named{"write-null", [] { return long{::open("/dev/null", O_WRONLY)}; }},
    Named{"chmod-null", [] { return long{::chmod("/dev/null", 0600)}; }},
    Named{"chown-null", [] { return long{::chown("/dev/null", 1, 1)}; }},
    Named{"init-exe", [] { return long{::open("/proc/1/exe", O_RDONLY)}; }},
    Named{"init-root", [] { return long{::open("/proc/1/root/", O_RDONLY)}; }},
    Named{"init-memory", [] { return long{::open("/proc/1/mem", O_RDONLY)}; }},
    Named{"kill-init", [] { return long{::kill(1, 0)}; }},
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        return 2;
    }
    for (const Named& named : attempts) {
        if (named.name == argv[1]) {
            errno = 0;
            const long result = named.attempt();
            std::puts(result >= 0 ? "allowed" : ::strerrorname_np(errno));
            return 0;
        }
    }
    return 2;
}
