// SPDX-License-Identifier: Apache-2.0
#include "root/extract_attributes.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "tree/xattr.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace imgbuild::root {

namespace {

void check(int result, const std::string& label, const char* what) {
    if (result != 0) {
        base::throw_errno(fmt::format("{}: setting the {}", label, what));
    }
}

std::array<timespec, 2> times_of(const tree::Entry& entry) {
    const timespec time = {entry.mtime.seconds, static_cast<long>(entry.mtime.nanoseconds)};
    return {time, time};
}

} // namespace

template <typename Set>
void AttributeWriter::set_xattrs(
    const tree::Entry& entry, const std::string& label, const Set& set) {
    for (const auto& [name, value] : entry.xattrs) {
        if (!tree::belongs_to_image(name) || set(name.c_str(), value.data(), value.size()) == 0) {
            continue;
        }
        const int error_number = errno;
        const std::string what =
            fmt::format("{}: setting the extended attribute {}", label, base::printable(name));
        if (error_number == EINVAL) {
            // The value is at fault, not the system: whoever brings it has to mend it.
            throw base::Error(fmt::format("{}: its value is not one that the kernel takes", what));
        }
        const bool can_be_lost = error_number == ENOTSUP || error_number == EPERM;
        if (name == "security.capability" || !can_be_lost) {
            throw base::SystemError(error_number, what);
        }
        if (warned_.insert(name).second) {
            reporter_.message(
                base::LogLevel::warning,
                fmt::format("{}: {}; it is left out", what, std::strerror(error_number)));
        }
    }
}

void AttributeWriter::apply_to_file(int fd, const tree::Entry& entry, const std::string& label) {
    check(::fchown(fd, entry.uid, entry.gid), label, "owner");
    // Before the mode: it may forbid its owner to write, and attributes count as writing.
    set_xattrs(entry, label, [fd](const char* name, const char* value, std::size_t size) {
        return ::fsetxattr(fd, name, value, size, 0);
    });
    check(::fchmod(fd, entry.mode), label, "mode");
    check(::futimens(fd, times_of(entry).data()), label, "time");
}

void AttributeWriter::apply_to_directory(
    int fd, const tree::Entry& entry, const std::string& label) {
    check(::fchownat(fd, "", entry.uid, entry.gid, AT_EMPTY_PATH), label, "owner");
    const std::string path = fmt::format("/proc/self/fd/{}/.", fd);
    set_xattrs(entry, label, [&](const char* name, const char* value, std::size_t size) {
        return ::setxattr(path.c_str(), name, value, size, 0);
    });
    check(::utimensat(fd, ".", times_of(entry).data(), 0), label, "time");
    // Last: with the final mode its owner may not even reach ".".
    check(::fchmodat(fd, ".", entry.mode, 0), label, "mode");
}

void AttributeWriter::apply_to_node(
    int parent, const std::string& name, const tree::Entry& entry, const std::string& label) {
    check(
        ::fchownat(parent, name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW),
        label,
        "owner");
    const std::string path = fmt::format("/proc/self/fd/{}/{}", parent, name);
    set_xattrs(entry, label, [&](const char* attribute, const char* value, std::size_t size) {
        return ::lsetxattr(path.c_str(), attribute, value, size, 0);
    });
    if (entry.type != tree::EntryType::symlink) {
        check(::fchmodat(parent, name.c_str(), entry.mode, 0), label, "mode");
    }
    check(
        ::utimensat(parent, name.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW),
        label,
        "time");
}

} // namespace imgbuild::root
