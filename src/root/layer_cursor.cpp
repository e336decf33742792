// SPDX-License-Identifier: Apache-2.0
#include "root/layer_cursor.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace imgbuild::root {

namespace {

/// Below PATH_MAX, with its closing zero.
constexpr std::size_t longest_piece = 4000;

base::UniqueFd open_piece(int directory, const std::string& path) {
    open_how how = {};
    how.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return base::UniqueFd(
        static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

/// Not open, with errno, if there is no such directory.
base::UniqueFd open_directory(int root, std::string_view path) {
    base::UniqueFd reached;
    while (path.size() > longest_piece) {
        const std::size_t slash = path.rfind('/', longest_piece);
        reached = open_piece(reached ? reached.get() : root, std::string(path.substr(0, slash)));
        if (!reached) {
            return reached;
        }
        path.remove_prefix(slash + 1);
    }
    return open_piece(reached ? reached.get() : root, path.empty() ? "." : std::string(path));
}

} // namespace

std::string name_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return path.empty() ? "." : std::string(slash == path.npos ? path : path.substr(slash + 1));
}

std::string_view parent_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

DirectoryCursor::DirectoryCursor(int root, std::string name)
    : root_(root)
    , name_(std::move(name)) {}

int DirectoryCursor::try_parent_of(std::string_view path) {
    const std::string_view directory = parent_path(path);
    if (!fd_ || directory != directory_) {
        fd_ = open_directory(root_, directory);
        directory_ = directory;
        if (!fd_ && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
            base::throw_errno(fmt::format("opening the directory of {}", full_name(path)));
        }
    }
    return fd_.get();
}

int DirectoryCursor::parent_of(std::string_view path) {
    const int directory = try_parent_of(path);
    if (directory < 0) {
        throw base::SystemError(
            ENOENT, fmt::format("opening the directory of {}", full_name(path)));
    }
    return directory;
}

std::string DirectoryCursor::kernel_path(std::string_view path) {
    return fmt::format("/proc/self/fd/{}/{}", parent_of(path), name_of(path));
}

std::string DirectoryCursor::full_name(std::string_view path) const {
    return path.empty() ? name_ : fmt::format("{}/{}", name_, base::printable(path));
}

} // namespace imgbuild::root
