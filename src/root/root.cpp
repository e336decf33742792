// SPDX-License-Identifier: Apache-2.0
#include "root/root.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "root/resolve.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace imgbuild::root {

namespace {

bool means_missing(int error_number) {
    return error_number == ENOENT || error_number == ENOTDIR;
}

/// For the kernel: never empty, and no byte of it is silently cut off.
std::string kernel_path(std::string_view path) {
    if (path.find('\0') != std::string_view::npos) {
        throw base::Error(fmt::format("{} is not a path", base::printable(path)));
    }
    return path.empty() ? "." : std::string(path);
}

/// Without the slashes and "." components at its end.
std::string_view without_tail(std::string_view path) {
    for (;;) {
        if (path.ends_with('/')) {
            path.remove_suffix(1);
        } else if (path == "." || path.ends_with("/.")) {
            path.remove_suffix(1);
        } else {
            return path;
        }
    }
}

std::string_view last_component(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Opens the very object that `pinned` refers to, with real access.
base::UniqueFd reopen(const base::UniqueFd& pinned, int flags) {
    const std::string path = fmt::format("/proc/self/fd/{}", pinned.get());
    // The links in /proc/self/fd are followed to the object; O_NOFOLLOW would stop at them.
    return base::UniqueFd(::open(path.c_str(), (flags & ~O_NOFOLLOW) | O_CLOEXEC | O_NOCTTY));
}

} // namespace

Root::Root(base::UniqueFd directory, std::string name)
    : directory_(std::move(directory))
    , name_(std::move(name)) {}

Root Root::open(const std::string& path) {
    return open(path, path);
}

Root Root::open(const std::string& path, std::string name) {
    return Root(base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY), std::move(name));
}

std::string Root::describe(std::string_view path) const {
    while (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    return fmt::format("/{} in {}", base::printable(path), name_);
}

int Root::open_raw(std::string_view path, int flags, mode_t mode) const {
    return open_confined(fd(), kernel_path(path).c_str(), flags, mode);
}

/// As `open_file`; a failing call leaves an empty descriptor and errno.
base::UniqueFd Root::open_checked(std::string_view path, int flags, mode_t mode) const {
    if ((flags & (O_PATH | O_DIRECTORY)) != 0) {
        return base::UniqueFd(open_raw(path, flags, mode));
    }
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
        return base::UniqueFd(open_raw(path, flags, mode));
    }
    // Opening alone can have effects (a fifo blocks, a watchdog device starts), so the object is
    // looked at first and then opened by its descriptor: nothing can be put in its place between.
    const base::UniqueFd pinned(open_raw(path, O_PATH | (flags & O_NOFOLLOW), 0));
    if (!pinned) {
        if (errno == ENOENT && (flags & O_CREAT) != 0) {
            return base::UniqueFd(open_raw(path, flags | O_EXCL, mode));
        }
        return base::UniqueFd();
    }
    struct stat status = {};
    if (::fstat(pinned.get(), &status) != 0) {
        return base::UniqueFd();
    }
    if (S_ISLNK(status.st_mode)) {
        errno = ELOOP;
        return base::UniqueFd();
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        throw base::Error(fmt::format("{} is neither a file nor a directory", describe(path)));
    }
    return reopen(pinned, flags & ~O_CREAT);
}

base::UniqueFd Root::open_file(std::string_view path, int flags, mode_t mode) const {
    base::UniqueFd file = open_checked(path, flags, mode);
    if (!file) {
        base::throw_errno(fmt::format("opening {}", describe(path)));
    }
    return file;
}

base::UniqueFd Root::try_open(std::string_view path, int flags) const {
    base::UniqueFd file = open_checked(path, flags, 0);
    if (!file && !means_missing(errno)) {
        base::throw_errno(fmt::format("opening {}", describe(path)));
    }
    return file;
}

Place Root::place_of(std::string_view path) const {
    const std::string_view trimmed = without_tail(path);
    const std::string_view name = last_component(trimmed);
    if (name == "..") {
        throw base::Error(fmt::format("{} names no entry of a directory", describe(path)));
    }
    const std::string_view parent = trimmed.substr(0, trimmed.size() - name.size());
    Place place;
    place.name = kernel_path(name);
    place.parent.reset(open_raw(parent, O_PATH | O_DIRECTORY, 0));
    if (!place.parent) {
        base::throw_errno(fmt::format("opening the directory of {}", describe(path)));
    }
    return place;
}

std::optional<struct stat> Root::status(std::string_view path) const {
    if (last_component(without_tail(path)) == "..") {
        return target_status(path);
    }
    struct stat found = {};
    try {
        const Place place = place_of(path);
        if (::fstatat(place.parent.get(), place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
            return found;
        }
        base::throw_errno(fmt::format("looking at {}", describe(path)));
    } catch (const base::SystemError& error) {
        if (means_missing(error.error_number())) {
            return std::nullopt;
        }
        throw;
    }
}

std::optional<struct stat> Root::target_status(std::string_view path) const {
    const base::UniqueFd file = try_open(path, O_PATH);
    if (!file) {
        return std::nullopt;
    }
    struct stat found = {};
    if (::fstat(file.get(), &found) != 0) {
        base::throw_errno(fmt::format("looking at {}", describe(path)));
    }
    return found;
}

std::string Root::read(std::string_view path) const {
    const base::UniqueFd file = open_file(path, O_RDONLY);
    return base::read_all(file.get(), describe(path));
}

std::optional<std::string> Root::try_read(std::string_view path) const {
    const base::UniqueFd file = try_open(path, O_RDONLY);
    if (!file) {
        return std::nullopt;
    }
    return base::read_all(file.get(), describe(path));
}

std::string Root::read_link(std::string_view path) const {
    const Place place = place_of(path);
    std::string target(256, '\0');
    for (;;) {
        const ssize_t length =
            ::readlinkat(place.parent.get(), place.name.c_str(), target.data(), target.size());
        if (length < 0) {
            base::throw_errno(fmt::format("reading the link {}", describe(path)));
        }
        if (static_cast<std::size_t>(length) < target.size()) {
            target.resize(static_cast<std::size_t>(length));
            return target;
        }
        target.resize(target.size() * 2);
    }
}

std::vector<std::string> Root::list(std::string_view path) const {
    base::UniqueFd directory = open_file(path, O_RDONLY | O_DIRECTORY);
    const std::unique_ptr<DIR, base::Deleter<::closedir>> stream(::fdopendir(directory.get()));
    if (!stream) {
        base::throw_errno(fmt::format("listing {}", describe(path)));
    }
    (void)directory.release();
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) {
            break;
        }
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    if (errno != 0) {
        base::throw_errno(fmt::format("listing {}", describe(path)));
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace imgbuild::root
