// SPDX-License-Identifier: Apache-2.0
#include "tree/scan.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/gone.hpp"
#include "base/text.hpp"
#include "tree/file_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace imgbuild::tree {

namespace {

/// Files beyond this much content in one directory are given to other threads.
constexpr std::uint64_t bytes_per_task = std::uint64_t{8} << 20U;
constexpr std::size_t files_per_task = 256;

/// What identifies a file that has several names.
struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    auto operator<=>(const FileId&) const = default;
};

struct Found {
    Entry entry;
    /// Set if the file has more than one name.
    FileId linked;
    FileState state;
};

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

using Directory = std::unique_ptr<DIR, CloseDirectory>;

struct statx status_at(int directory, const char* entry, int flags, const std::string& name) {
    struct statx status = {};
    constexpr unsigned mask = STATX_BASIC_STATS | STATX_MNT_ID;
    if (::statx(directory, entry, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, mask, &status) !=
        0) {
        base::throw_errno(fmt::format("reading the attributes of {}", name));
    }
    return status;
}

/// A device number says less than the mount: an overlay shows its files under their layers' devices.
bool same_mount(const struct statx& a, const struct statx& b) {
    return (a.stx_mask & b.stx_mask & STATX_MNT_ID) != 0
               ? a.stx_mnt_id == b.stx_mnt_id
               : a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

FileState state_of(const struct statx& status) {
    return {
        ::makedev(status.stx_dev_major, status.stx_dev_minor),
        status.stx_ino,
        status.stx_size,
        {status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec},
        {status.stx_ctime.tv_sec, status.stx_ctime.tv_nsec}};
}

bool is_whiteout(const struct statx& status) {
    return S_ISCHR(status.stx_mode) && status.stx_rdev_major == 0 && status.stx_rdev_minor == 0;
}

Entry whiteout(std::string path) {
    Entry entry;
    entry.path = std::move(path);
    entry.type = EntryType::whiteout;
    return entry;
}

EntryType type_of(const struct statx& status) {
    switch (status.stx_mode & S_IFMT) {
    case S_IFDIR:
        return EntryType::directory;
    case S_IFLNK:
        return EntryType::symlink;
    case S_IFCHR:
        return EntryType::char_device;
    case S_IFBLK:
        return EntryType::block_device;
    case S_IFIFO:
        return EntryType::fifo;
    case S_IFSOCK:
        return EntryType::socket;
    default:
        return EntryType::regular;
    }
}

std::string link_target_at(int directory, const char* entry, const std::string& name) {
    std::array<char, 4096> buffer;
    const ssize_t length = ::readlinkat(directory, entry, buffer.data(), buffer.size());
    if (length < 0) {
        base::throw_errno(fmt::format("reading the link {}", name));
    }
    return {buffer.data(), static_cast<std::size_t>(length)};
}

Found describe(std::string path, const struct statx& status) {
    Found found;
    Entry& entry = found.entry;
    entry.path = std::move(path);
    entry.type = type_of(status);
    entry.mode = status.stx_mode & 07777U;
    entry.uid = status.stx_uid;
    entry.gid = status.stx_gid;
    entry.mtime = {status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec};
    if (entry.type == EntryType::regular) {
        entry.size = status.stx_size;
    } else if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
        entry.major = status.stx_rdev_major;
        entry.minor = status.stx_rdev_minor;
    }
    if (entry.type != EntryType::directory && status.stx_nlink > 1) {
        found.linked = {::makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
    }
    return found;
}

/// The change `upper` with whiteouts for what its opaque directories hide of `below`.
Inventory
with_hidden(const Inventory& upper, const Inventory& below, std::vector<std::string> opaque) {
    std::sort(opaque.begin(), opaque.end(), path_less);
    std::vector<Entry> entries = upper.entries();
    std::optional<std::string_view> last_opaque;
    for (const std::string& directory : opaque) {
        if (last_opaque && is_below(directory, *last_opaque)) {
            continue;
        }
        last_opaque = directory;
        const auto [first, last] = below.below(directory);
        std::optional<std::string_view> covered;
        for (std::size_t i = first; i < last; ++i) {
            const std::string& path = below.entries()[i].path;
            if (covered && is_below(path, *covered)) {
                continue;
            }
            const Entry* const present = upper.find(path);
            if (present == nullptr) {
                entries.push_back(whiteout(path));
            }
            if (present == nullptr || present->type != EntryType::directory) {
                covered = path;
            }
        }
    }
    return Inventory(std::move(entries));
}

class Scan {
public:
    Scan(
        int root, const std::string& name, const ScanOptions& options, const base::Context& context)
        : root_(root)
        , name_(name)
        , options_(options)
        , context_(context)
        , root_status_(status_at(root, "", AT_EMPTY_PATH, name))
        , activity_(
              context.reporter,
              {.title = fmt::format("reading {}", name),
               .unit = "files",
               .parent = context.parent_activity})
        , tasks_(context.pool, context.stop) {}

    Inventory run() {
        tasks_.run([this] { scan_directory(""); });
        tasks_.wait();
        Inventory inventory(finish());
        if (options_.below == nullptr || opaque_.empty()) {
            return inventory;
        }
        return with_hidden(inventory, *options_.below, std::move(opaque_));
    }

private:
    std::string full_name(std::string_view path) const {
        return path.empty() ? name_ : fmt::format("{}/{}", name_, base::printable(path));
    }

    /// Calls `read`, and forgives that its object is gone where the tree may change.
    template <typename Read>
    void unless_gone(const Read& read) const {
        try {
            read();
        } catch (const base::SystemError& error) {
            if (!options_.may_change || !base::means_gone(error.error_number())) {
                throw;
            }
        }
    }

    void scan_directory(const std::string& path) {
        const std::string directory_name = full_name(path);
        base::UniqueFd fd = open_below(root_, path, O_RDONLY | O_DIRECTORY, directory_name);
        std::vector<Found> found;
        if (path.empty()) {
            found.push_back(describe("", root_status_));
            found.back().entry.xattrs = attributes_of(fd.get(), directory_name);
        }
        if (options_.overlay_upper && is_opaque(fd.get())) {
            const std::lock_guard lock(mutex_);
            opaque_.push_back(path);
        }
        const Directory stream(::fdopendir(fd.get()));
        if (!stream) {
            base::throw_errno(fmt::format("reading the directory {}", directory_name));
        }
        (void)fd.release();
        std::vector<Found> files;
        for (;;) {
            errno = 0;
            const dirent* const entry = ::readdir(stream.get());
            if (entry == nullptr) {
                if (errno != 0) {
                    base::throw_errno(fmt::format("reading the directory {}", directory_name));
                }
                break;
            }
            const std::string_view entry_name = entry->d_name;
            if (entry_name != "." && entry_name != "..") {
                unless_gone(
                    [&] { scan_entry(::dirfd(stream.get()), path, entry->d_name, found, files); });
            }
        }
        keep(std::move(found));
        hash(std::move(files));
    }

    /// Puts the entry where it belongs: regular files that have to be read to `files`.
    void scan_entry(
        int directory,
        const std::string& parent,
        const char* entry_name,
        std::vector<Found>& found,
        std::vector<Found>& files) {
        std::string path = parent.empty() ? entry_name : fmt::format("{}/{}", parent, entry_name);
        const std::string name = full_name(path);
        const struct statx status = status_at(directory, entry_name, 0, name);
        if (options_.overlay_upper && is_whiteout(status)) {
            found.push_back({whiteout(std::move(path)), {}, {}});
            return;
        }
        Found one = describe(std::move(path), status);
        Entry& entry = one.entry;
        const bool inside = same_mount(status, root_status_);
        if (!inside && entry.type != EntryType::directory) {
            throw base::Error(fmt::format("something is mounted at {}", name));
        }
        if (entry.type == EntryType::regular && entry.size > 0 && options_.with_digests) {
            if (options_.known_digests != nullptr) {
                one.state = state_of(status);
                entry.digest = options_.known_digests->find(entry.path, one.state);
            }
            if (!entry.digest) {
                files.push_back(std::move(one));
                return;
            }
        }
        if (entry.type == EntryType::regular && entry.size == 0 && options_.with_digests) {
            entry.digest = digest_of_nothing_;
        }
        if (entry.type == EntryType::symlink) {
            entry.link_target = link_target_at(directory, entry_name, name);
        }
        entry.xattrs = attributes_at(directory, entry_name, name);
        if (entry.type == EntryType::directory && inside) {
            tasks_.run([this, below = entry.path] { unless_gone([&] { scan_directory(below); }); });
        }
        found.push_back(std::move(one));
    }

    /// Hashes the last part here and leaves the others to whoever is free.
    void hash(std::vector<Found> files) {
        std::size_t start = 0;
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < files.size(); ++i) {
            bytes += files[i].entry.size;
            if ((bytes < bytes_per_task && i - start + 1 < files_per_task) ||
                i + 1 == files.size()) {
                continue;
            }
            const auto first = std::make_move_iterator(files.begin());
            auto part = std::make_shared<std::vector<Found>>(
                first + static_cast<std::ptrdiff_t>(start),
                first + static_cast<std::ptrdiff_t>(i + 1));
            tasks_.run([this, part] { hash_here(std::move(*part)); });
            start = i + 1;
            bytes = 0;
        }
        files.erase(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(start));
        hash_here(std::move(files));
    }

    void hash_here(std::vector<Found> files) {
        if (files.empty()) {
            return;
        }
        std::unique_ptr<FileHasher> hasher = take_hasher();
        for (Found& file : files) {
            base::throw_if_stopped(context_.stop);
            Entry& entry = file.entry;
            const std::string name = full_name(entry.path);
            // Not to hang on a fifo that took the file's place.
            const base::UniqueFd fd = open_below(root_, entry.path, O_RDONLY | O_NONBLOCK, name);
            entry.xattrs = attributes_of(fd.get(), name);
            entry.digest = hasher->digest(fd.get(), entry.size, name);
            remember(file, fd.get(), name);
        }
        keep(std::move(files));
        const std::lock_guard lock(mutex_);
        idle_hashers_.push_back(std::move(hasher));
    }

    void remember(const Found& file, int fd, const std::string& name) const {
        if (options_.known_digests != nullptr &&
            state_of(status_at(fd, "", AT_EMPTY_PATH, name)) == file.state) {
            options_.known_digests->add(file.entry.path, file.state, *file.entry.digest);
        }
    }

    /// As many exist as are used at once: a buffer for each directory would cost more than its files.
    std::unique_ptr<FileHasher> take_hasher() {
        const std::lock_guard lock(mutex_);
        if (idle_hashers_.empty()) {
            return std::make_unique<FileHasher>(options_.seen_contents);
        }
        std::unique_ptr<FileHasher> hasher = std::move(idle_hashers_.back());
        idle_hashers_.pop_back();
        return hasher;
    }

    void keep(std::vector<Found> found) {
        activity_.advance(found.size());
        const std::lock_guard lock(mutex_);
        std::move(found.begin(), found.end(), std::back_inserter(found_));
    }

    std::vector<Entry> finish() {
        std::map<FileId, std::uint32_t> groups;
        std::vector<Entry> entries;
        entries.reserve(found_.size());
        for (Found& found : found_) {
            if (found.linked != FileId()) {
                const auto next = static_cast<std::uint32_t>(groups.size() + 1);
                found.entry.link_group = groups.try_emplace(found.linked, next).first->second;
            }
            entries.push_back(std::move(found.entry));
        }
        return entries;
    }

    const int root_;
    const std::string& name_;
    const ScanOptions& options_;
    const base::Context& context_;
    const struct statx root_status_;
    const crypto::Digest digest_of_nothing_ = crypto::sha256("");
    std::mutex mutex_;
    std::vector<Found> found_;
    std::vector<std::string> opaque_;
    std::vector<std::unique_ptr<FileHasher>> idle_hashers_;
    base::Activity activity_;
    // Last: its destructor waits for tasks that use the rest.
    base::TaskGroup tasks_;
};

} // namespace

Inventory scan(
    int directory,
    const std::string& name,
    const ScanOptions& options,
    const base::Context& context) {
    return Scan(directory, name, options, context).run();
}

} // namespace imgbuild::tree
