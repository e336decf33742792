// SPDX-License-Identifier: Apache-2.0
#include "build/staging_place.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace imgbuild::build {

namespace fs = std::filesystem;

namespace {

/// Before a random name.
constexpr std::string_view infix = ".imgbuild-";

/// A directory is removed only if its name is one that we make: others have names, too.
bool is_random_name(std::string_view text) {
    return text.size() == 16 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Locks a fresh directory for as long as the descriptor lives; nothing if another process took it for an
/// abandoned one before.
base::UniqueFd lock_fresh(const std::string& directory) {
    base::UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd && errno != ENOENT) {
        base::throw_errno(fmt::format("opening {}", directory));
    }
    if (!fd) {
        return fd;
    }
    const bool is_locked = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
    if (!is_locked && errno != EWOULDBLOCK) {
        base::throw_errno(fmt::format("locking {}", directory));
    }
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", directory));
    }
    // A removed directory keeps no link, not even its own ".".
    if (!is_locked || status.st_nlink == 0) {
        fd.reset();
    }
    return fd;
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_mount_point(const std::string& path) {
    struct statx status = {};
    return ::statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE, &status) == 0 &&
           (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/// This process stands in it, and so most likely does the shell that started it.
bool holds_working_directory(const std::string& path) {
    std::error_code error;
    fs::path place = fs::current_path(error);
    for (; !error && !place.empty(); place = place.parent_path()) {
        if (fs::equivalent(place, path, error)) {
            return true;
        }
        if (place == place.root_path()) {
            break;
        }
    }
    return false;
}

bool may_write(const std::string& directory) {
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

} // namespace

StagingPlace::StagingPlace(std::string directory, std::string prefix, bool is_beside)
    : directory_(std::move(directory))
    , prefix_(std::move(prefix))
    , is_beside_(is_beside) {}

std::vector<StagingPlace> StagingPlace::all_for_target(const std::string& target) {
    const std::string parent = parent_of(target);
    return {
        StagingPlace(parent, name_of(target) + std::string(infix), true),
        StagingPlace(target, std::string(infix), false)};
}

StagingPlace StagingPlace::for_target(const std::string& target) {
    const std::vector<StagingPlace> places = all_for_target(target);
    const bool must_stay =
        base::is_directory(target) && (is_mount_point(target) || holds_working_directory(target) ||
                                       !may_write(parent_of(target)));
    return must_stay ? places.back() : places.front();
}

void StagingPlace::require_writable() const {
    try {
        const std::string path = make().path;
        ::rmdir(path.c_str());
    } catch (const base::SystemError& error) {
        if (error.error_number() != ENOTDIR && error.error_number() != EEXIST) {
            throw;
        }
        throw base::UsageError(fmt::format("{} is not a directory", directory_))
            .set_hint("name another place with --target-dir");
    }
}

std::string StagingPlace::random_path() const {
    const std::string name = prefix_ + base::random_name();
    return directory_ == "." ? name : base::join_path(directory_, name);
}

StagingPlace::Directory StagingPlace::make() const {
    base::make_directories(directory_);
    for (;;) {
        Directory made;
        made.path = random_path();
        if (::mkdir(made.path.c_str(), 0755) != 0) {
            base::throw_errno(fmt::format("making the directory {}", made.path));
        }
        made.lock = lock_fresh(made.path);
        if (made.lock) {
            return made;
        }
    }
}

void StagingPlace::remove_leftovers() const {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_, error)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(prefix_) || !is_random_name(name.substr(prefix_.size()))) {
            continue;
        }
        const base::UniqueFd fd(
            ::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
            base::remove_tree(entry.path());
        }
    }
}

} // namespace imgbuild::build
