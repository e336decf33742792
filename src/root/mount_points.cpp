// SPDX-License-Identifier: Apache-2.0
#include "root/mount_points.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace imgbuild::root {

namespace {

timespec modification_time(int directory) noexcept {
    struct stat status = {};
    (void)::fstat(directory, &status);
    return status.st_mtim;
}

std::string path_of(int fd) {
    std::string path(PATH_MAX, '\0');
    const std::string link = fmt::format("/proc/self/fd/{}", fd);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    if (length < 0) {
        base::throw_errno("looking for a mount point");
    }
    path.resize(static_cast<std::size_t>(length));
    return path;
}

bool same(const timespec& a, const timespec& b) noexcept {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

} // namespace

std::string MountPoints::add(const std::string& path, bool is_directory) {
    add(path, is_directory, 0);
    const base::UniqueFd place = root_.open_file(path, O_PATH);
    const std::string top = path_of(root_.fd());
    std::string found = path_of(place.get());
    if (!found.starts_with(top)) {
        throw base::Error(fmt::format("{} moved away while it was looked at", path));
    }
    found.erase(0, top.size());
    return found.empty() ? "/" : found;
}

void MountPoints::add(const std::string& path, bool is_directory, int links) {
    for (std::size_t start = 0; start < path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const bool is_last = path.find_first_not_of('/', end) == std::string::npos;
        const std::string prefix = path.substr(0, end);
        const bool wants_directory = !is_last || is_directory;
        start = end + 1;
        if (prefix.empty() || root_.target_status(prefix)) {
            continue;
        }
        if (!root_.exists(prefix)) {
            make(prefix, wants_directory);
            continue;
        }
        // A link that leads nowhere: what is mounted at it appears where it points to.
        constexpr int most_links = 40;
        if (links == most_links) {
            throw base::SystemError(ELOOP, fmt::format("following {} in {}", path, root_.name()));
        }
        const std::string target = root_.read_link(prefix);
        const std::size_t slash = prefix.rfind('/');
        const std::string directory = target.starts_with('/') || slash == std::string::npos
                                          ? ""
                                          : prefix.substr(0, slash + 1);
        add(directory + target, wants_directory, links + 1);
    }
}

void MountPoints::make(const std::string& path, bool is_directory) {
    Made made = {root_.place_of(path), is_directory, {}, {}};
    const int parent = made.place.parent.get();
    const char* const name = made.place.name.c_str();
    made.parent_time_before = modification_time(parent);
    made_.reserve(made_.size() + 1);
    const bool done = is_directory ? ::mkdirat(parent, name, 0755) == 0
                                   : ::mknodat(parent, name, S_IFREG | 0644, 0) == 0;
    if (!done) {
        base::throw_errno(fmt::format("making the mount point {} in {}", path, root_.name()));
    }
    made.parent_time_after = modification_time(parent);
    made_.push_back(std::move(made));
}

MountPoints::~MountPoints() {
    for (; !made_.empty(); made_.pop_back()) {
        remove(made_.back());
    }
}

void MountPoints::remove(const Made& made) noexcept {
    const int parent = made.place.parent.get();
    const char* const name = made.place.name.c_str();
    struct stat status = {};
    // A command may have put something else there; that is its own work and stays.
    const bool is_untouched = ::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                              (made.is_directory ? S_ISDIR(status.st_mode)
                                                 : S_ISREG(status.st_mode) && status.st_size == 0);
    const bool is_only_change = same(modification_time(parent), made.parent_time_after);
    if (!is_untouched || ::unlinkat(parent, name, made.is_directory ? AT_REMOVEDIR : 0) != 0) {
        return;
    }
    if (is_only_change) {
        const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, made.parent_time_before};
        ::utimensat(parent, ".", times.data(), 0);
    }
}

} // namespace imgbuild::root
