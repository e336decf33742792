// SPDX-License-Identifier: Apache-2.0
#include "store/work_directory.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "base/remove_tree.hpp"
#include "store/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace imgbuild::store {

namespace {

constexpr std::string_view lock_suffix = ".lock";
constexpr std::string_view part_suffix = ".part";

/// The lock of a file whose maker has died; nothing if the maker lives or the file is gone.
base::UniqueFd take_over(const std::string& path) {
    base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        fd.reset();
    }
    return fd;
}

void remove_if_abandoned(
    const std::string& place, const std::string& name, const std::stop_token& stop) {
    const std::string path = base::join_path(place, name);
    if (name.ends_with(part_suffix)) {
        // Held until the file is gone: its maker may be about to lock it.
        if (const base::UniqueFd lock = take_over(path)) {
            ::unlink(path.c_str());
        }
        return;
    }
    if (name.ends_with(lock_suffix)) {
        if (const base::UniqueFd lock = take_over(path)) {
            const std::string directory = path.substr(0, path.size() - lock_suffix.size());
            try_to_remove(directory, stop);
            if (!base::exists(directory)) {
                ::unlink(path.c_str());
            }
        }
        return;
    }
    // The lock is made before its directory and removed after it: without one nobody is using it.
    if (!base::exists(path + std::string(lock_suffix))) {
        try_to_remove(path, stop);
    }
}

} // namespace

WorkDirectory::WorkDirectory(std::string path, base::UniqueFd lock, std::stop_token stop)
    : path_(std::move(path))
    , lock_(std::move(lock))
    , stop_(std::move(stop)) {}

WorkDirectory& WorkDirectory::operator=(WorkDirectory&& other) noexcept {
    if (this != &other) {
        remove();
        path_ = std::move(other.path_);
        lock_ = std::move(other.lock_);
        stop_ = std::move(other.stop_);
    }
    return *this;
}

WorkDirectory::~WorkDirectory() {
    remove();
}

void WorkDirectory::remove() noexcept {
    if (!lock_) {
        return;
    }
    try {
        base::remove_tree(path_, stop_);
        ::unlink((path_ + std::string(lock_suffix)).c_str());
    } catch (const std::exception&) {
        // The next process that opens the store tries again: the lock file stays for it. So it goes, too,
        // when the user wants this one to end.
        lock_.reset();
        return;
    }
    lock_.reset();
}

LockedFile make_locked_file(const std::string& place, const std::string& suffix) {
    for (;;) {
        std::string path = base::join_path(place, base::random_name() + suffix);
        base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL, 0600);
        const bool locked = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
        if (!locked && errno != EWOULDBLOCK) {
            base::throw_errno(fmt::format("locking {}", path));
        }
        struct stat status = {};
        if (::fstat(fd.get(), &status) != 0) {
            base::throw_errno(fmt::format("asking for the status of {}", path));
        }
        // Before it was locked another process may have taken it for an abandoned one.
        if (locked && status.st_nlink > 0) {
            return {std::move(path), std::move(fd)};
        }
    }
}

WorkDirectory make_work_directory(const std::string& place, std::stop_token stop) {
    LockedFile lock = make_locked_file(place, std::string(lock_suffix));
    std::string path = lock.path.substr(0, lock.path.size() - lock_suffix.size());
    if (::mkdir(path.c_str(), 0700) != 0) {
        const int error_number = errno;
        ::unlink(lock.path.c_str());
        throw base::SystemError(error_number, fmt::format("making the directory {}", path));
    }
    return {std::move(path), std::move(lock.fd), std::move(stop)};
}

void remove_abandoned_work(const std::string& place, const std::stop_token& stop) {
    for (const std::string& name : names_in(place)) {
        remove_if_abandoned(place, name, stop);
    }
}

std::optional<timespec> oldest_work_in_use(const std::string& place, const WorkDirectory& own) {
    std::optional<timespec> oldest;
    for (const std::string& name : names_in(place)) {
        const std::string path = base::join_path(place, name);
        if (!name.ends_with(lock_suffix) || path == own.path() + std::string(lock_suffix)) {
            continue;
        }
        struct stat status = {};
        if (::stat(path.c_str(), &status) != 0 || take_over(path)) {
            continue;
        }
        if (!oldest || is_before(status.st_mtim, *oldest)) {
            oldest = status.st_mtim;
        }
    }
    return oldest;
}

} // namespace imgbuild::store
