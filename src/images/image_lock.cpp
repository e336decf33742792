// SPDX-License-Identifier: Apache-2.0
#include "images/image_lock.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

namespace imgbuild::images {

namespace {

std::string own_description(const std::string& purpose) {
    return fmt::format(
        "{}\n{} (process {}, since {})\n",
        ::getpid(),
        base::printable(purpose),
        ::getpid(),
        base::format_utc(base::now()));
}

/// Who holds the lock, as far as that is known: only those who change an image say who they are.
std::string holder(int fd, const std::string& name) {
    if (::lseek(fd, 0, SEEK_SET) != 0) {
        return "another process";
    }
    const std::string text = base::read_all(fd, name, 65536);
    const std::vector<std::string_view> lines = base::split_lines(text);
    const auto process = lines.empty() ? std::nullopt : base::parse_number(lines.front());
    const bool is_known = lines.size() > 1 && process && *process < INT32_MAX &&
                          (::kill(static_cast<pid_t>(*process), 0) == 0 || errno == EPERM);
    return is_known ? std::string(lines[1]) : "a process that reads it";
}

} // namespace

ImageLock::ImageLock(
    const ImageStore& store,
    const std::string& name,
    LockKind kind,
    const std::string& purpose,
    LockWait wait,
    const base::Context& context)
    : is_exclusive_(kind == LockKind::exclusive) {
    ImageStore::check_name(name);
    path_ = base::join_path(store.lock_place(), name);
    bool has_said = false;
    while (!try_lock(kind)) {
        const std::string by = holder(fd_.get(), path_);
        if (wait == LockWait::fail) {
            throw base::Error(
                fmt::format("the image {} is in use: {}", name, by), base::ExitCode::retryable);
        }
        if (!has_said) {
            context.reporter.message(
                base::LogLevel::info, fmt::format("waiting for the image {}: {}", name, by));
            has_said = true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        base::throw_if_stopped(context.stop);
    }
    if (is_exclusive_) {
        const std::string text = own_description(purpose);
        // Only for others to read: what can't be written is no reason to fail.
        if (::ftruncate(fd_.get(), 0) == 0) {
            (void)!::pwrite(fd_.get(), text.data(), text.size(), 0);
        }
    }
}

ImageLock::~ImageLock() {
    if (fd_ && is_exclusive_) {
        (void)!::ftruncate(fd_.get(), 0);
    }
}

bool ImageLock::try_lock(LockKind kind) {
    for (;;) {
        if (!fd_) {
            fd_ = base::open_at(AT_FDCWD, path_, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
        }
        const int operation = kind == LockKind::exclusive ? LOCK_EX : LOCK_SH;
        if (::flock(fd_.get(), operation | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) {
                return false;
            }
            if (errno != EINTR) {
                base::throw_errno(fmt::format("locking {}", path_));
            }
            continue;
        }
        // Somebody may have cleaned up the locks' directory meanwhile: the lock is the file's of that
        // name.
        struct stat mine = {};
        struct stat named = {};
        if (::fstat(fd_.get(), &mine) == 0 && ::stat(path_.c_str(), &named) == 0 &&
            mine.st_ino == named.st_ino && mine.st_dev == named.st_dev) {
            return true;
        }
        fd_.reset();
    }
}

ImageLockPair lock_both(
    const ImageStore& store,
    const LockWish& a,
    const LockWish& b,
    const std::string& purpose,
    LockWait wait,
    const base::Context& context) {
    if (a.name == b.name) {
        throw base::UsageError(fmt::format("{} can't be both the old and the new name", a.name));
    }
    const bool in_order = a.name < b.name;
    const LockWish& lower = in_order ? a : b;
    const LockWish& higher = in_order ? b : a;
    ImageLock first(store, lower.name, lower.kind, purpose, wait, context);
    ImageLock second(store, higher.name, higher.kind, purpose, wait, context);
    return {std::move(first), std::move(second)};
}

} // namespace imgbuild::images
