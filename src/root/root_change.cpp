// SPDX-License-Identifier: Apache-2.0
// The members of Root that change the tree: each opens the parent confined and works on the last
// component alone, so links that appear meanwhile are replaced or refused, never followed.
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "root/root.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace imgbuild::root {

namespace {

constexpr mode_t permission_bits = 07777;

std::string temporary_name() {
    return ".imgbuild-" + base::random_name();
}

/// Removes an entry unless it was renamed to its place.
class TemporaryEntry {
public:
    explicit TemporaryEntry(const Place& place)
        : place_(place)
        , name_(temporary_name()) {}

    TemporaryEntry(const TemporaryEntry&) = delete;
    TemporaryEntry& operator=(const TemporaryEntry&) = delete;

    ~TemporaryEntry() {
        if (!renamed_) {
            ::unlinkat(place_.parent.get(), name_.c_str(), 0);
        }
    }

    const char* name() const { return name_.c_str(); }

    /// @returns false with errno.
    bool rename_to_place() {
        const int parent = place_.parent.get();
        renamed_ = ::renameat(parent, name_.c_str(), parent, place_.name.c_str()) == 0;
        return renamed_;
    }

private:
    const Place& place_;
    std::string name_;
    bool renamed_ = false;
};

/// Owner first: changing it would take setuid and setgid away again.
bool set_attributes(int fd, const Attributes& attributes) {
    return ::fchown(fd, attributes.uid, attributes.gid) == 0 &&
           ::fchmod(fd, attributes.mode & permission_bits) == 0;
}

bool is_dot(std::string_view component) {
    return component.empty() || component == "." || component == "..";
}

} // namespace

void Root::write(
    std::string_view path, std::string_view content, const Attributes& attributes) const {
    const Place place = place_of(path);
    const std::string doing = fmt::format("writing {}", describe(path));
    TemporaryEntry temporary(place);
    const base::UniqueFd file(::openat(
        place.parent.get(),
        temporary.name(),
        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
        0600));
    if (!file) {
        base::throw_errno(doing);
    }
    base::write_all(file.get(), content, describe(path));
    if (!set_attributes(file.get(), attributes) || !temporary.rename_to_place()) {
        base::throw_errno(doing);
    }
}

void Root::rewrite(
    std::string_view path, std::string_view content, const Attributes& otherwise) const {
    const std::optional<struct stat> old = status(path);
    if (!old || !S_ISREG(old->st_mode)) {
        write(path, content, otherwise);
        return;
    }
    write(path, content, {old->st_mode & permission_bits, old->st_uid, old->st_gid});
}

void Root::make_directory(std::string_view path, const Attributes& attributes) const {
    const std::string doing = fmt::format("making the directory {}", describe(path));
    const Place place = place_of(path);
    if (::mkdirat(place.parent.get(), place.name.c_str(), 0700) != 0) {
        const int cause = errno;
        const std::optional<struct stat> found =
            cause == EEXIST ? target_status(path) : std::nullopt;
        if (found && S_ISDIR(found->st_mode)) {
            return;
        }
        throw base::SystemError(found ? ENOTDIR : cause, doing);
    }
    const base::UniqueFd made(::openat(
        place.parent.get(), place.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made || !set_attributes(made.get(), attributes)) {
        base::throw_errno(doing);
    }
}

void Root::make_directories(std::string_view path, const Attributes& attributes) const {
    for (std::size_t start = 0; start < path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        if (!is_dot(path.substr(start, end - start))) {
            make_directory(path.substr(0, end), attributes);
        }
        start = end + 1;
    }
}

void Root::make_symlink(
    std::string_view path, const std::string& target, std::uint32_t uid, std::uint32_t gid) const {
    const Place place = place_of(path);
    TemporaryEntry temporary(place);
    const int parent = place.parent.get();
    if (::symlinkat(target.c_str(), parent, temporary.name()) != 0 ||
        ::fchownat(parent, temporary.name(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        !temporary.rename_to_place()) {
        base::throw_errno(fmt::format("making the link {}", describe(path)));
    }
}

void Root::remove(std::string_view path) const {
    if (!status(path)) {
        return;
    }
    const Place place = place_of(path);
    if (place.name == ".") {
        throw base::Error(fmt::format("the root directory of {} can't be removed", name_));
    }
    base::with_context(
        [&] { return fmt::format("removing {}", describe(path)); },
        [&] { base::remove_tree(place.parent.get(), place.name); });
}

void Root::set_owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) const {
    const Place place = place_of(path);
    if (::fchownat(place.parent.get(), place.name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0) {
        base::throw_errno(fmt::format("changing the owner of {}", describe(path)));
    }
}

void Root::set_mode(std::string_view path, std::uint32_t mode) const {
    const Place place = place_of(path);
    if (::fchmodat(
            place.parent.get(), place.name.c_str(), mode & permission_bits, AT_SYMLINK_NOFOLLOW) !=
        0) {
        base::throw_errno(fmt::format("changing the mode of {}", describe(path)));
    }
}

void Root::set_mtime(std::string_view path, const tree::Time& mtime) const {
    const Place place = place_of(path);
    const std::array<timespec, 2> times = {
        timespec{0, UTIME_OMIT},
        timespec{static_cast<time_t>(mtime.seconds), static_cast<long>(mtime.nanoseconds)}};
    if (::utimensat(place.parent.get(), place.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) !=
        0) {
        base::throw_errno(fmt::format("changing the time of {}", describe(path)));
    }
}

} // namespace imgbuild::root
