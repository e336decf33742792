// SPDX-License-Identifier: Apache-2.0
#include "root/resolve.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace imgbuild::root {

int open_confined(int root, const char* path, int flags, mode_t mode) noexcept {
    open_how how = {};
    how.flags = static_cast<unsigned>(flags) | unsigned{O_CLOEXEC};
    const bool makes_file = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    how.mode = makes_file ? mode & 07777U : 0;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    // The kernel answers EAGAIN when any rename or mount on the whole system ran while it followed
    // "..", as it can't tell then whether the walk left the root. On a busy host that may happen
    // several times in a row; never to end would let a hostile process stop us for good.
    constexpr int attempts = 20000;
    for (int attempt = 0;; ++attempt) {
        const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0) {
            return static_cast<int>(fd);
        }
        if (errno != EINTR && (errno != EAGAIN || attempt == attempts)) {
            return -1;
        }
        if (attempt > 100) {
            ::sched_yield();
        }
    }
}

} // namespace imgbuild::root
