// SPDX-License-Identifier: Apache-2.0
#include "root/layer_copy.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "root/layer_data.hpp"
#include "root/layer_xattr.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <utility>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;

mode_t node_type(EntryType type) {
    switch (type) {
    case EntryType::block_device:
        return S_IFBLK;
    case EntryType::fifo:
        return S_IFIFO;
    case EntryType::socket:
        return S_IFSOCK;
    default:
        return S_IFCHR;
    }
}

class Copy {
public:
    Copy(
        const OpenContent& open_content,
        const LinkContent& link_content,
        DirectoryCursor& target,
        Whiteouts whiteouts)
        : open_content_(open_content)
        , link_content_(link_content)
        , target_(target)
        , whiteouts_(whiteouts) {}

    /// @returns false if it needs no time: it is another name, or there is nothing.
    bool add(const Entry& entry) {
        const int directory = target_.parent_of(entry.path);
        const std::string name = name_of(entry.path);
        if (entry.type == EntryType::directory) {
            if (!is_directory(directory, name)) {
                base::remove_tree(directory, name);
                check(::mkdirat(directory, name.c_str(), 0700), entry);
            }
        } else {
            base::remove_tree(directory, name);
            const bool is_shared = entry.type != EntryType::whiteout && link_content_ &&
                                   link_content_(entry, directory, name);
            if (is_shared || !make(directory, name, entry)) {
                return false;
            }
        }
        set_attributes(directory, name, entry);
        return true;
    }

private:
    void check(int result, const Entry& entry) const {
        if (result != 0) {
            base::throw_errno(fmt::format("making {}", target_.full_name(entry.path)));
        }
    }

    static bool is_directory(int directory, const std::string& name) {
        struct stat status = {};
        return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISDIR(status.st_mode);
    }

    /// @returns false if nothing was made that needs attributes.
    bool make(int directory, const std::string& name, const Entry& entry) {
        if (entry.type == EntryType::whiteout) {
            // An overlay file system refuses to hold one: then it is in the inventory only.
            if (whiteouts_ == Whiteouts::made &&
                ::mknodat(directory, name.c_str(), S_IFCHR, ::makedev(0, 0)) != 0 &&
                errno != EPERM) {
                base::throw_errno(fmt::format("making {}", target_.full_name(entry.path)));
            }
            return false;
        }
        if (entry.link_group != 0) {
            const auto [first, is_new] = first_names_.try_emplace(entry.link_group, entry.path);
            if (!is_new) {
                link(first->second, entry);
                return false;
            }
        }
        if (entry.type == EntryType::symlink) {
            check(::symlinkat(entry.link_target.c_str(), directory, name.c_str()), entry);
            return true;
        }
        if (entry.type == EntryType::regular) {
            const base::UniqueFd content = open_content_(entry);
            const base::UniqueFd file(
                ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
            check(file ? 0 : -1, entry);
            copy_data(content.get(), file.get(), entry.size, target_.full_name(entry.path));
            return true;
        }
        if (entry.type == EntryType::char_device && entry.major == 0 && entry.minor == 0) {
            // It would be a whiteout.
            return false;
        }
        const dev_t device = entry.type == EntryType::fifo || entry.type == EntryType::socket
                                 ? 0
                                 : ::makedev(entry.major, entry.minor);
        if (::mknodat(directory, name.c_str(), node_type(entry.type) | 0600, device) == 0) {
            return true;
        }
        if (errno == EPERM && device != 0) {
            first_names_.erase(entry.link_group);
            return false;
        }
        base::throw_errno(fmt::format("making {}", target_.full_name(entry.path)));
    }

    void link(const std::string& first, const Entry& entry) {
        const base::UniqueFd first_directory(::fcntl(target_.parent_of(first), F_DUPFD_CLOEXEC, 0));
        check(first_directory ? 0 : -1, entry);
        check(
            ::linkat(
                first_directory.get(),
                name_of(first).c_str(),
                target_.parent_of(entry.path),
                name_of(entry.path).c_str(),
                0),
            entry);
    }

    void set_attributes(int directory, const std::string& name, const Entry& entry) {
        // A new owner takes setuid bits and capabilities away: they come after it.
        check(
            ::fchownat(directory, name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW), entry);
        if (entry.type != EntryType::symlink) {
            check(::fchmodat(directory, name.c_str(), entry.mode, 0), entry);
        }
        set_image_xattrs(entry, target_);
    }

    const OpenContent& open_content_;
    const LinkContent& link_content_;
    DirectoryCursor& target_;
    Whiteouts whiteouts_;
    std::map<std::uint32_t, std::string> first_names_;
};

} // namespace

OpenContent content_from(DirectoryCursor& cursor) {
    return [&cursor](const Entry& entry) {
        base::UniqueFd fd(::openat(
            cursor.parent_of(entry.path),
            name_of(entry.path).c_str(),
            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!fd) {
            base::throw_errno(fmt::format("opening {}", cursor.full_name(entry.path)));
        }
        return fd;
    };
}

void set_mtime(const Entry& entry, DirectoryCursor& tree) {
    timespec times[2] = {};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = entry.mtime.seconds;
    times[1].tv_nsec = static_cast<long>(entry.mtime.nanoseconds);
    const int directory = tree.parent_of(entry.path);
    if (::utimensat(directory, name_of(entry.path).c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
        base::throw_errno(fmt::format("setting the time of {}", tree.full_name(entry.path)));
    }
}

void copy_entries(
    const std::vector<Entry>& entries,
    const OpenContent& open_content,
    DirectoryCursor& target,
    Whiteouts whiteouts,
    const base::Context& context,
    const LinkContent& link_content) {
    base::Activity activity(
        context.reporter,
        {.title = "copying files",
         .unit = "files",
         .total = entries.size(),
         .parent = context.parent_activity});
    Copy copy(open_content, link_content, target, whiteouts);
    std::vector<const Entry*> timed;
    for (const Entry& entry : entries) {
        base::throw_if_stopped(context.stop);
        if (copy.add(entry)) {
            timed.push_back(&entry);
        }
        activity.advance(1);
    }
    for (const Entry* const entry : timed) {
        set_mtime(*entry, target);
    }
}

} // namespace imgbuild::root
