// SPDX-License-Identifier: Apache-2.0
// Mounts are made detached and attached by descriptor (open_tree, fsmount, move_mount), with targets
// opened confined to the new root: no path of the image is ever resolved in the host's view.
#include "root/setup_child.hpp"

#include "root/resolve.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace imgbuild::root {

namespace {

/// Closes at the end of the scope; errno of the work before is kept.
class ScopedFd {
public:
    explicit ScopedFd(int fd) noexcept
        : fd_(fd) {}

    ScopedFd(const ScopedFd&) = delete;
    ScopedFd& operator=(const ScopedFd&) = delete;

    ~ScopedFd() {
        if (fd_ >= 0) {
            const int kept = errno;
            ::close(fd_);
            errno = kept;
        }
    }

    int get() const noexcept { return fd_; }

    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

int outcome(long result) noexcept {
    return result < 0 ? errno : 0;
}

/// Adds attributes and stops propagation, which a copy inherits from its original.
int restrict_mount(int mount, std::uint64_t attributes, bool recursive) noexcept {
    mount_attr change = {};
    change.attr_set = attributes;
    change.propagation = MS_PRIVATE;
    const unsigned flags = unsigned{AT_EMPTY_PATH} | (recursive ? unsigned{AT_RECURSIVE} : 0U);
    return outcome(::mount_setattr(mount, "", flags, &change, sizeof(change)));
}

int attach(int mount, int target) noexcept {
    return outcome(
        ::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

/// A detached copy of what is mounted at a path of the host.
int copy_mount(const char* path, bool recursive) noexcept {
    return ::open_tree(
        AT_FDCWD,
        path,
        unsigned{OPEN_TREE_CLONE} | unsigned{OPEN_TREE_CLOEXEC} |
            (recursive ? unsigned{AT_RECURSIVE} : 0U));
}

using Options = std::vector<std::pair<std::string, std::string>>;

/// A detached new file system; -1 with errno.
int new_file_system(const char* type, const Options& options, std::uint64_t attributes) noexcept {
    const ScopedFd context(::fsopen(type, FSOPEN_CLOEXEC));
    if (!context) {
        return -1;
    }
    for (const auto& [name, value] : options) {
        if (::fsconfig(context.get(), FSCONFIG_SET_STRING, name.c_str(), value.c_str(), 0) != 0) {
            return -1;
        }
    }
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        return -1;
    }
    return ::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes));
}

int start_loopback() noexcept {
    const ScopedFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request = {};
    std::memcpy(static_cast<char*>(request.ifr_name), "lo", 3);
    if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
        return errno;
    }
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return outcome(::ioctl(socket.get(), SIOCSIFFLAGS, &request));
}

/// By system call: the C library's functions would wait for threads that only the parent has.
int become_root() noexcept {
    const std::array<gid_t, 1> none = {};
    if (::syscall(SYS_setgroups, 0, none.data()) != 0 || ::syscall(SYS_setresgid, 0, 0, 0) != 0 ||
        ::syscall(SYS_setresuid, 0, 0, 0) != 0) {
        return errno;
    }
    return 0;
}

int send_descriptor(int socket, int fd) noexcept {
    char byte = 0;
    iovec data = {&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return outcome(::sendmsg(socket, &message, MSG_NOSIGNAL));
}

} // namespace

int SetupChild::perform(const SetupStep& step) noexcept {
    using Action = SetupStep::Action;
    switch (step.action) {
    case Action::stop_propagation:
        return outcome(::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr));
    case Action::attach_root:
        return attach_root(step);
    case Action::mount_new:
        return mount_new(step);
    case Action::bind:
        return bind(step, step.source.c_str());
    case Action::mask_file:
    case Action::mask_directory:
        return mask(step);
    case Action::make_directory:
    case Action::make_file:
    case Action::make_symlink:
        return make(step);
    case Action::open_terminal:
        return open_terminal();
    case Action::enter_root:
        return enter_root();
    case Action::set_host_name:
        return outcome(::sethostname(step.source.c_str(), step.source.size()));
    case Action::start_loopback:
        return start_loopback();
    case Action::leave_keyring:
        // Kernels without keys have none to leave.
        (void)::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
        return 0;
    case Action::become_root:
        return become_root();
    case Action::filter_calls:
        return filter_calls();
    case Action::drop_capabilities:
        return drop_capabilities();
    }
    return EINVAL;
}

int SetupChild::attach_root(const SetupStep& step) noexcept {
    root_ = copy_mount(step.source.c_str(), false);
    if (root_ < 0) {
        return errno;
    }
    if (const int failed = restrict_mount(root_, step.attributes, false); failed != 0) {
        return failed;
    }
    return outcome(::move_mount(root_, "", AT_FDCWD, step.source.c_str(), MOVE_MOUNT_F_EMPTY_PATH));
}

int SetupChild::mount_new(const SetupStep& step) noexcept {
    const ScopedFd target(
        open_confined(root_, step.target.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
    if (!target) {
        return errno;
    }
    const ScopedFd mount(new_file_system(step.source.c_str(), step.options, step.attributes));
    if (mount) {
        return attach(mount.get(), target.get());
    }
    if (step.fallback.empty()) {
        return errno;
    }
    const ScopedFd copy(copy_mount(step.fallback.c_str(), true));
    if (!copy) {
        return errno;
    }
    const int failed = restrict_mount(copy.get(), step.attributes, true);
    return failed != 0 ? failed : attach(copy.get(), target.get());
}

/// Opens what is to be mounted over, and makes it first where it is missing: below a new tmpfs only
/// the child can do that.
int SetupChild::open_target(const SetupStep& step) noexcept {
    const int found = open_confined(root_, step.target.c_str(), O_PATH);
    if (found >= 0 || errno != ENOENT) {
        return found;
    }
    const char* parent = ".";
    for (const std::string& prefix : step.mount_point) {
        const ScopedFd directory(open_confined(root_, parent, O_PATH | O_DIRECTORY));
        const std::size_t slash = prefix.rfind('/');
        const char* const name = prefix.c_str() + (slash == std::string::npos ? 0 : slash + 1);
        const bool is_last = &prefix == &step.mount_point.back();
        const int made = is_last && step.target_is_file
                             ? ::mknodat(directory.get(), name, S_IFREG | 0644, 0)
                             : ::mkdirat(directory.get(), name, 0755);
        if (made != 0 && errno != EEXIST) {
            return -1;
        }
        parent = prefix.c_str();
    }
    return open_confined(root_, step.target.c_str(), O_PATH);
}

int SetupChild::bind(const SetupStep& step, const char* source) noexcept {
    const ScopedFd mount(copy_mount(source, step.recursive));
    if (!mount) {
        return errno;
    }
    if (const int failed = restrict_mount(mount.get(), step.attributes, step.recursive);
        failed != 0) {
        return failed;
    }
    const ScopedFd target(open_target(step));
    return target ? attach(mount.get(), target.get()) : errno;
}

int SetupChild::mask(const SetupStep& step) noexcept {
    const ScopedFd target(open_confined(root_, step.target.c_str(), O_PATH | O_NOFOLLOW));
    if (!target) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    }
    const ScopedFd cover(
        step.action == SetupStep::Action::mask_file
            ? copy_mount("/dev/null", false)
            : new_file_system(step.source.c_str(), step.options, step.attributes));
    if (!cover) {
        return errno;
    }
    const int failed = restrict_mount(cover.get(), step.attributes, false);
    return failed != 0 ? failed : attach(cover.get(), target.get());
}

/// Only below file systems that were just mounted, so the path can't lead anywhere else.
int SetupChild::make(const SetupStep& step) noexcept {
    const char* const target = step.target.c_str();
    switch (step.action) {
    case SetupStep::Action::make_directory:
        return outcome(::mkdirat(root_, target, step.mode));
    case SetupStep::Action::make_file:
        return outcome(::mknodat(root_, target, S_IFREG | step.mode, 0));
    default:
        return outcome(::symlinkat(step.source.c_str(), root_, target));
    }
}

int SetupChild::open_terminal() noexcept {
    const ScopedFd controller(
        ::openat(root_, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    int locked = 0;
    if (!controller || ::ioctl(controller.get(), TIOCSPTLCK, &locked) != 0) {
        return errno;
    }
    terminal_ = ::ioctl(controller.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal_ < 0) {
        return errno;
    }
    // Now, not by the parent: the command may ask for it first thing.
    if (::ioctl(terminal_, TIOCSWINSZ, &plan_.window) != 0) {
        return errno;
    }
    const ScopedFd copy(::open_tree(root_, "dev/pts/0", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    const ScopedFd console(open_confined(root_, "dev/console", O_PATH | O_NOFOLLOW));
    if (!copy || !console) {
        return errno;
    }
    if (const int failed = attach(copy.get(), console.get()); failed != 0) {
        return failed;
    }
    return send_descriptor(link_, controller.get());
}

/// pivot_root of a directory onto itself puts the old root on top of the new one, from where it is
/// detached: no directory for it is needed inside the image.
int SetupChild::enter_root() noexcept {
    if (::fchdir(root_) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
        ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) {
        return errno;
    }
    ::close(root_);
    root_ = -1;
    return 0;
}

int SetupChild::filter_calls() noexcept {
    // The kernel takes a pointer to non-const and only reads.
    const sock_fprog program = {
        static_cast<unsigned short>(plan_.filter.size()),
        const_cast<sock_filter*>(plan_.filter.data())};
    return outcome(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

/// The bounding set too: what is not in it can't come back with a setuid program.
int SetupChild::drop_capabilities() noexcept {
    for (unsigned capability = 0; capability < 64; ++capability) {
        const bool is_kept = (plan_.capabilities >> capability & 1U) != 0;
        if (!is_kept && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            if (errno == EINVAL) {
                break;
            }
            return errno;
        }
    }
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
        return errno;
    }
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets = {};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) {
        return errno;
    }
    for (std::size_t half = 0; half < sets.size(); ++half) {
        const auto kept = static_cast<std::uint32_t>(plan_.capabilities >> (32 * half));
        sets[half].permitted &= kept;
        sets[half].effective = sets[half].permitted;
        sets[half].inheritable = 0;
    }
    return outcome(::syscall(SYS_capset, &header, sets.data()));
}

} // namespace imgbuild::root
