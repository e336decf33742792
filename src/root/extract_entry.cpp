// SPDX-License-Identifier: Apache-2.0
#include "root/extract_entry.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace imgbuild::root {

using tree::Entry;
using tree::EntryType;

EntryMaker::EntryMaker(
    ReadData read_data,
    const ExtractOptions& options,
    const base::Context& context,
    DirectoryWalk& walk,
    const EntryLabel& label,
    std::function<void(const std::string& name)> on_removed)
    : read_data_(std::move(read_data))
    , options_(options)
    , context_(context)
    , walk_(walk)
    , label_(label)
    , on_removed_(std::move(on_removed))
    , attributes_(context.reporter) {}

bool EntryMaker::make(const Entry& entry, const std::string& name) {
    switch (entry.type) {
    case EntryType::symlink:
        make_symlink(entry, name);
        return true;
    case EntryType::char_device:
    case EntryType::block_device:
        return make_device(entry, name);
    case EntryType::fifo:
    case EntryType::socket:
        if (make_node(entry, name, entry.type == EntryType::fifo ? S_IFIFO : S_IFSOCK, 0) != 0) {
            label_.fail("making the fifo or socket");
        }
        return true;
    default:
        make_file(entry, name);
        return true;
    }
}

/// Calls `attempt` until it no longer fails because something stands there; that is removed.
int EntryMaker::replacing(const std::string& name, const std::function<int()>& attempt) {
    // More than two attempts are only needed if another archive has the same entry at the same time.
    for (int left = 10;; --left) {
        const int result = attempt();
        if (result >= 0 || errno != EEXIST || left == 0) {
            return result;
        }
        remove(name);
    }
}

void EntryMaker::remove(const std::string& name) {
    if (::unlinkat(walk_.fd(), name.c_str(), 0) != 0) {
        label_.on([&] { base::remove_tree(walk_.fd(), name); });
    }
    on_removed_(name);
}

bool EntryMaker::make_directory(
    const std::string& name, const std::function<bool()>& leads_to_directory) {
    bool is_link = false;
    const int result = replacing(name, [&] {
        // Closed to others until it gets its owner and mode at the end.
        if (::mkdirat(walk_.fd(), name.c_str(), 0700) == 0) {
            return 0;
        }
        struct stat status = {};
        if (errno != EEXIST ||
            ::fstatat(walk_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return -1;
        }
        is_link = S_ISLNK(status.st_mode) && leads_to_directory();
        if (S_ISDIR(status.st_mode) || is_link) {
            return 0;
        }
        errno = EEXIST;
        return -1;
    });
    if (result != 0) {
        label_.fail("making the directory");
    }
    return !is_link;
}

bool EntryMaker::make_hard_link(
    const Entry& entry, const std::string& name, const std::function<int()>& attempt) {
    if (replacing(name, attempt) != 0) {
        if (errno != ENOENT) {
            label_.fail("making the hard link");
        }
        return false;
    }
    if (entry.size == 0) {
        return true;
    }
    // cpio keeps the content of a file with the last of its names.
    constexpr int flags = O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    base::UniqueFd fd(::openat(walk_.fd(), name.c_str(), flags));
    struct stat status = {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        label_.fail("opening the file");
    }
    if (!S_ISREG(status.st_mode)) {
        label_.refuse("it has content, but is a hard link to something that can have none");
    }
    write_content(entry, std::move(fd));
    return true;
}

void EntryMaker::finish_directory(const Entry& entry) {
    attributes_.apply_to_directory(walk_.fd(), entry, label_.text());
}

void EntryMaker::make_file(const Entry& entry, const std::string& name) {
    base::UniqueFd fd(replacing(name, [&] {
        constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        return ::openat(walk_.fd(), name.c_str(), flags, 0600);
    }));
    if (!fd) {
        label_.fail("making the file");
    }
    write_content(entry, std::move(fd));
}

void EntryMaker::make_symlink(const Entry& entry, const std::string& name) {
    const int result = replacing(
        name, [&] { return ::symlinkat(entry.link_target.c_str(), walk_.fd(), name.c_str()); });
    if (result != 0) {
        label_.fail("making the link");
    }
    attributes_.apply_to_node(walk_.fd(), name, entry, label_.text());
}

bool EntryMaker::make_device(const Entry& entry, const std::string& name) {
    const bool is_character = entry.type == EntryType::char_device;
    if (options_.refuse_devices) {
        label_.refuse(fmt::format(
            "it is a {} device, which is not allowed here", is_character ? "character" : "block"));
    }
    if (is_character && entry.major == 0 && entry.minor == 0) {
        // On an overlay it would hide a file instead of being one.
        label_.refuse("it is the character device 0:0, which no image can have");
    }
    const dev_t device = ::makedev(entry.major, entry.minor);
    if (make_node(entry, name, is_character ? S_IFCHR : S_IFBLK, device) == 0) {
        return true;
    }
    if (errno != EPERM) {
        label_.fail("making the device");
    }
    return false;
}

int EntryMaker::make_node(const Entry& entry, const std::string& name, mode_t type, dev_t device) {
    const int result =
        replacing(name, [&] { return ::mknodat(walk_.fd(), name.c_str(), type | 0600U, device); });
    if (result == 0) {
        attributes_.apply_to_node(walk_.fd(), name, entry, label_.text());
    }
    return result;
}

void EntryMaker::write_content(const Entry& entry, base::UniqueFd fd) {
    if (entry.size > options_.byte_limit - bytes_) {
        label_.refuse(fmt::format(
            "unpacking would write more than {}", base::format_bytes(options_.byte_limit)));
    }
    if (options_.finisher != nullptr && entry.xattrs.empty()) {
        NewFile file{std::move(fd), entry, label_.text(), {}};
        read_content(entry, [&](const NewFile::Piece& piece) { file.pieces.push_back(piece); });
        options_.finisher->add(std::move(file));
    } else {
        std::uint64_t end = 0;
        read_content(entry, [&](const NewFile::Piece& piece) {
            write_piece(fd.get(), piece, label_.text());
            end = std::max(end, piece.offset + piece.bytes.size());
        });
        finish_file(std::move(fd), entry, end, label_.text(), attributes_);
    }
    bytes_ += entry.size;
    if (options_.progress != nullptr) {
        options_.progress->advance(entry.size);
    }
}

void EntryMaker::read_content(
    const Entry& entry, const std::function<void(const NewFile::Piece&)>& take) {
    if (entry.size == 0) {
        return;
    }
    read_data_([&](std::span<const std::byte> bytes, std::uint64_t offset) {
        base::throw_if_stopped(context_.stop);
        if (offset > entry.size || bytes.size() > entry.size - offset) {
            label_.refuse("it has more content than its size says");
        }
        take({bytes, offset});
    });
}

} // namespace imgbuild::root
