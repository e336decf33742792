// SPDX-License-Identifier: Apache-2.0
// Each directory is a task of its own; it opens its two sides from the roots, without following links, so
// that the number of open descriptors does not depend on the tree. Further names of a file and the times
// of directories come last, when everything they refer to is there.
#include "images/root_copy.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/gone.hpp"
#include "base/text.hpp"
#include "root/layer_data.hpp"
#include "tree/file_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::images {

namespace {

using Status = struct statx;

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// The two sides of a directory that is being copied.
struct Sides {
    std::string path;
    int from = -1;
    int to = -1;

    std::string below(const std::string& name) const {
        return path.empty() ? name : path + "/" + name;
    }
};

/// A file changed while it was copied.
class Changed {};

bool same_file(const Status& a, const Status& b) {
    return a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major &&
           a.stx_dev_minor == b.stx_dev_minor;
}

class RootCopy {
public:
    RootCopy(
        const root::Root& from,
        const root::Root& to,
        const RootCopyOptions& options,
        const base::Context& context)
        : from_(from)
        , to_(to)
        , options_(options)
        , context_(context)
        , root_status_(status_at(from.fd(), "", AT_EMPTY_PATH, ""))
        , activity_(
              context.reporter,
              {.title = fmt::format("copying {}", from.name()),
               .unit = "files",
               .parent = context.parent_activity})
        , tasks_(context.pool, context.stop) {}

    RootCopyResult run() {
        set_attributes(from_.fd(), to_.fd(), root_status_, "");
        directories_.emplace_back("", root_status_);
        tasks_.run([this] { copy_directory(""); });
        tasks_.wait();
        make_links();
        set_directory_times();
        return {entries_, bytes_};
    }

private:
    std::string name_of(const root::Root& root, std::string_view path) const {
        return fmt::format("/{} in {}", base::printable(path), root.name());
    }

    [[noreturn]] void fail_reading(const std::string& path) const {
        if (options_.source_may_change && base::means_gone(errno)) {
            throw Changed();
        }
        base::throw_errno(fmt::format("reading {}", name_of(from_, path)));
    }

    [[noreturn]] void fail_writing(const std::string& path) const {
        base::throw_errno(fmt::format("making {}", name_of(to_, path)));
    }

    Status status_at(int directory, const char* name, int flags, const std::string& path) const {
        Status status = {};
        constexpr unsigned mask = STATX_BASIC_STATS | STATX_MNT_ID;
        const int all_flags = flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
        if (::statx(directory, name, all_flags, mask, &status) != 0) {
            fail_reading(path);
        }
        return status;
    }

    void warn(const std::string& text) const {
        context_.reporter.message(base::LogLevel::warning, text);
    }

    void copy_directory(const std::string& path) {
        const base::UniqueFd to =
            tree::open_below(to_.fd(), path, O_RDONLY | O_DIRECTORY, name_of(to_, path));
        base::UniqueFd from;
        try {
            from = tree::open_below(from_.fd(), path, O_RDONLY | O_DIRECTORY, name_of(from_, path));
        } catch (const base::SystemError& error) {
            if (options_.source_may_change && base::means_gone(error.error_number())) {
                return;
            }
            throw;
        }
        const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(from.get()));
        if (!stream) {
            fail_reading(path);
        }
        const Sides sides = {path, from.release(), to.get()};
        for (;;) {
            base::throw_if_stopped(context_.stop);
            errno = 0;
            const dirent* const entry = ::readdir(stream.get());
            if (entry == nullptr) {
                if (errno != 0) {
                    fail_reading(path);
                }
                return;
            }
            const std::string name = entry->d_name;
            if (name != "." && name != "..") {
                copy_entry_or_warn(sides, name);
            }
        }
    }

    void copy_entry_or_warn(const Sides& sides, const std::string& name) {
        const std::string path = sides.below(name);
        if (options_.leave_out && options_.leave_out(path)) {
            return;
        }
        try {
            copy_entry(sides, name, path);
        } catch (const Changed&) {
            base::remove_tree(sides.to, name);
            warn(fmt::format("/{} changed while it was copied: left out", base::printable(path)));
        }
    }

    void copy_entry(const Sides& sides, const std::string& name, const std::string& path) {
        const Status status = status_at(sides.from, name.c_str(), 0, path);
        const bool is_inside = (status.stx_mask & root_status_.stx_mask & STATX_MNT_ID) == 0 ||
                               status.stx_mnt_id == root_status_.stx_mnt_id;
        ++entries_;
        activity_.advance(1);
        if (S_ISDIR(status.stx_mode)) {
            make_directory(sides, name, path, status, is_inside);
        } else if (!is_inside) {
            warn(fmt::format("/{} is mounted: left out", base::printable(path)));
        } else if (status.stx_nlink > 1 && !is_first_name(status, path)) {
            return;
        } else if (S_ISREG(status.stx_mode)) {
            copy_file(sides, name, path, status);
        } else if (S_ISLNK(status.stx_mode)) {
            copy_link(sides, name, path, status);
        } else {
            copy_node(sides, name, path, status);
        }
    }

    void make_directory(
        const Sides& sides,
        const std::string& name,
        const std::string& path,
        const Status& status,
        bool is_inside) {
        if (::mkdirat(sides.to, name.c_str(), 0700) != 0) {
            fail_writing(path);
        }
        const base::UniqueFd made(
            ::openat(sides.to, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!made) {
            fail_writing(path);
        }
        const base::UniqueFd source(
            ::openat(sides.from, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!source) {
            fail_reading(path);
        }
        set_attributes(source.get(), made.get(), status, path);
        const std::lock_guard lock(mutex_);
        directories_.emplace_back(path, status);
        if (is_inside) {
            tasks_.run([this, path] { copy_directory(path); });
        }
    }

    /// Other names of a file are made when its first one is complete.
    bool is_first_name(const Status& status, const std::string& path) {
        const auto id = std::pair(
            std::uint64_t{::makedev(status.stx_dev_major, status.stx_dev_minor)}, status.stx_ino);
        const std::lock_guard lock(mutex_);
        const auto [first, is_new] = first_names_.try_emplace(id, path);
        if (!is_new) {
            links_.emplace_back(path, first->second);
        }
        return is_new;
    }

    void copy_file(
        const Sides& sides,
        const std::string& name,
        const std::string& path,
        const Status& status) {
        const base::UniqueFd source(::openat(
            sides.from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (!source) {
            fail_reading(path);
        }
        const Status opened = status_at(source.get(), "", AT_EMPTY_PATH, path);
        if (!same_file(opened, status)) {
            if (options_.source_may_change) {
                throw Changed();
            }
            throw base::Error(fmt::format("{} changed while it was copied", name_of(from_, path)));
        }
        const base::UniqueFd target(
            ::openat(sides.to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!target) {
            fail_writing(path);
        }
        try {
            root::copy_data(source.get(), target.get(), opened.stx_size, name_of(to_, path));
        } catch (const base::SystemError&) {
            throw; // such as a full disk
        } catch (const base::Error&) {
            if (options_.source_may_change) {
                throw Changed(); // it became shorter
            }
            throw;
        }
        set_attributes(source.get(), target.get(), opened, path);
        const std::array<timespec, 2> times = times_of(opened);
        if (::futimens(target.get(), times.data()) != 0) {
            fail_writing(path);
        }
        bytes_ += opened.stx_size;
    }

    void copy_link(
        const Sides& sides,
        const std::string& name,
        const std::string& path,
        const Status& status) {
        std::array<char, 4096> target = {};
        const ssize_t length =
            ::readlinkat(sides.from, name.c_str(), target.data(), target.size() - 1);
        if (length < 0) {
            fail_reading(path);
        }
        if (::symlinkat(target.data(), sides.to, name.c_str()) != 0) {
            fail_writing(path);
        }
        set_node_attributes(sides, name, path, status);
    }

    void copy_node(
        const Sides& sides,
        const std::string& name,
        const std::string& path,
        const Status& status) {
        if (S_ISSOCK(status.stx_mode)) {
            warn(fmt::format("/{} is a socket: left out", base::printable(path)));
            return;
        }
        const dev_t device = ::makedev(status.stx_rdev_major, status.stx_rdev_minor);
        if (::mknodat(sides.to, name.c_str(), (status.stx_mode & S_IFMT) | 0600, device) != 0) {
            if (errno == EPERM) {
                warn(fmt::format(
                    "the device /{} is left out: only root may make devices",
                    base::printable(path)));
                return;
            }
            fail_writing(path);
        }
        set_node_attributes(sides, name, path, status);
        if (::fchmodat(sides.to, name.c_str(), status.stx_mode & 07777U, 0) != 0) {
            fail_writing(path);
        }
    }

    static std::array<timespec, 2> times_of(const Status& status) {
        return {
            timespec{0, UTIME_OMIT},
            timespec{status.stx_mtime.tv_sec, static_cast<long>(status.stx_mtime.tv_nsec)}};
    }

    /// Of what can't be opened.
    void set_node_attributes(
        const Sides& sides,
        const std::string& name,
        const std::string& path,
        const Status& status) {
        const std::array<timespec, 2> times = times_of(status);
        if (::fchownat(
                sides.to, name.c_str(), status.stx_uid, status.stx_gid, AT_SYMLINK_NOFOLLOW) != 0 ||
            ::utimensat(sides.to, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
            fail_writing(path);
        }
    }

    /// Owner first: it takes setuid bits and capabilities away.
    void set_attributes(int from, int to, const Status& status, const std::string& path) const {
        if (::fchown(to, status.stx_uid, status.stx_gid) != 0 ||
            ::fchmod(to, status.stx_mode & 07777U) != 0) {
            fail_writing(path);
        }
        for (const auto& [name, value] : tree::attributes_of(from, name_of(from_, path))) {
            if (::fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0) {
                fail_writing(path);
            }
        }
    }

    void make_links() {
        for (const auto& [path, first] : links_) {
            const root::Place place = to_.place_of(path);
            const root::Place original = to_.place_of(first);
            if (::linkat(
                    original.parent.get(),
                    original.name.c_str(),
                    place.parent.get(),
                    place.name.c_str(),
                    0) != 0 &&
                !(options_.source_may_change && errno == ENOENT)) {
                fail_writing(path);
            }
        }
    }

    void set_directory_times() {
        for (const auto& [path, status] : directories_) {
            const base::UniqueFd directory =
                tree::open_below(to_.fd(), path, O_RDONLY | O_DIRECTORY, name_of(to_, path));
            const std::array<timespec, 2> times = times_of(status);
            if (::futimens(directory.get(), times.data()) != 0) {
                fail_writing(path);
            }
        }
    }

    const root::Root& from_;
    const root::Root& to_;
    const RootCopyOptions& options_;
    const base::Context& context_;
    const Status root_status_;
    std::atomic<std::uint64_t> entries_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::mutex mutex_;
    std::vector<std::pair<std::string, Status>> directories_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> first_names_;
    /// A further name, and the first one of its file.
    std::vector<std::pair<std::string, std::string>> links_;
    base::Activity activity_;
    // Last: its destructor waits for tasks that use the rest.
    base::TaskGroup tasks_;
};

} // namespace

RootCopyResult copy_root(
    const root::Root& from,
    const root::Root& to,
    const RootCopyOptions& options,
    const base::Context& context) {
    return RootCopy(from, to, options, context).run();
}

} // namespace imgbuild::images
