// SPDX-License-Identifier: Apache-2.0
// Trees may be deeper than a process may have files open, or than its stack: one descriptor follows the
// walk down by names and up by "..". What it comes back to is compared with what it left, so a tree that
// somebody moves meanwhile never leads it elsewhere.
#include "base/remove_tree.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

namespace imgbuild::base {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// A directory on the way from the top of the tree to where the walk is.
struct Level {
    std::string name;
    ino_t inode = 0;
    /// Directories in it that are still to be removed.
    std::vector<std::string> remaining;
};

class TreeRemover {
public:
    TreeRemover(int parent, dev_t device, const std::stop_token& stop)
        : parent_(parent)
        , device_(device)
        , stop_(stop) {}

    void run(const std::string& name) {
        if (remove_other(parent_, name)) {
            return;
        }
        enter(parent_, name);
        while (!levels_.empty()) {
            std::vector<std::string>& remaining = levels_.back().remaining;
            if (remaining.empty()) {
                leave();
                continue;
            }
            const std::string next = std::move(remaining.back());
            remaining.pop_back();
            enter(current_.get(), next);
        }
    }

private:
    /// @returns false if it is a directory. A name that is not there any more is fine.
    bool remove_other(int directory, const std::string& name) const {
        throw_if_stopped(stop_);
        if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) {
            return true;
        }
        const int unlink_error = errno;
        struct stat status = {};
        if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            throw SystemError(unlink_error, removing(name));
        }
        if (!S_ISDIR(status.st_mode)) {
            throw SystemError(unlink_error, removing(name));
        }
        return false;
    }

    /// Goes into a directory, and removes all of it that is no directory.
    void enter(int directory, const std::string& name) {
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        UniqueFd fd(::openat(directory, name.c_str(), flags));
        if (!fd && errno == EACCES && ::fchmodat(directory, name.c_str(), 0700, 0) == 0) {
            fd.reset(::openat(directory, name.c_str(), flags));
        }
        if (!fd) {
            throw_errno(removing(name));
        }
        struct stat status = {};
        if (::fstat(fd.get(), &status) != 0) {
            throw_errno(removing(name));
        }
        if (status.st_dev != device_) {
            throw Error(fmt::format("{}: something is mounted there", removing(name)));
        }
        if ((status.st_mode & S_IRWXU) != S_IRWXU) {
            // Entries can only be removed from a directory its owner may write to.
            (void)::fchmod(fd.get(), 0700);
        }
        std::vector<std::string> remaining;
        for (std::string& entry : names_in(fd.get(), name)) {
            if (!remove_other(fd.get(), entry)) {
                remaining.push_back(std::move(entry));
            }
        }
        levels_.push_back({name, status.st_ino, std::move(remaining)});
        current_ = std::move(fd);
    }

    /// Goes up, and removes the directory it comes from, which is empty by now.
    void leave() {
        const std::string name = std::move(levels_.back().name);
        levels_.pop_back();
        UniqueFd above;
        if (!levels_.empty()) {
            above = open_at(current_.get(), "..", O_PATH | O_DIRECTORY);
            struct stat status = {};
            if (::fstat(above.get(), &status) != 0) {
                throw_errno(removing(name));
            }
            if (status.st_dev != device_ || status.st_ino != levels_.back().inode) {
                throw Error(fmt::format("{}: it was moved meanwhile", removing(name)));
            }
        }
        const int directory = levels_.empty() ? parent_ : above.get();
        if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
            throw_errno(removing(name));
        }
        current_ = std::move(above);
    }

    std::vector<std::string> names_in(int directory, const std::string& name) const {
        UniqueFd listing(::fcntl(directory, F_DUPFD_CLOEXEC, 0));
        const std::unique_ptr<DIR, CloseDirectory> stream(
            listing ? ::fdopendir(listing.get()) : nullptr);
        if (!stream) {
            throw_errno(removing(name));
        }
        (void)listing.release();
        std::vector<std::string> names;
        for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0) {
            const std::string_view found = entry->d_name;
            if (found != "." && found != "..") {
                names.emplace_back(found);
            }
        }
        if (errno != 0) {
            throw_errno(removing(name));
        }
        return names;
    }

    /// What is being done, for messages. The middle of a very deep path tells nobody anything.
    std::string removing(const std::string& name) const {
        constexpr std::size_t most_named = 16;
        const int error_number = errno;
        std::string path;
        for (std::size_t i = 0; i < levels_.size(); ++i) {
            if (i < most_named || i + most_named >= levels_.size()) {
                path += levels_[i].name + "/";
            } else if (i == most_named) {
                path += "…/";
            }
        }
        std::string text = fmt::format("removing {}{}", path, name);
        errno = error_number;
        return text;
    }

    int parent_;
    dev_t device_;
    const std::stop_token& stop_;
    /// From the top of the tree to `current_`.
    std::vector<Level> levels_;
    UniqueFd current_;
};

} // namespace

void remove_tree(int parent, const std::string& name, const std::stop_token& stop) {
    struct stat status = {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return;
        }
        throw_errno(fmt::format("removing {}", name));
    }
    TreeRemover(parent, status.st_dev, stop).run(name);
}

void remove_tree(const std::string& path, const std::stop_token& stop) {
    remove_tree(AT_FDCWD, path, stop);
}

void remove_tree(int parent, const std::string& name) {
    remove_tree(parent, name, std::stop_token());
}

void remove_tree(const std::string& path) {
    remove_tree(AT_FDCWD, path);
}

} // namespace imgbuild::base
