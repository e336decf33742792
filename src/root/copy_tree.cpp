// SPDX-License-Identifier: Apache-2.0
#include "root/copy_tree.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace imgbuild::root {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// Sorted, so that which name of a hard link is made first does not depend on the file system.
std::vector<std::string> names_in(int directory, const std::string& path) {
    base::UniqueFd own = base::open_at(directory, ".", O_RDONLY | O_DIRECTORY);
    const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(own.get()));
    if (!stream) {
        base::throw_errno(fmt::format("reading the directory {}", path));
    }
    (void)own.release();
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(stream.get());
        if (entry == nullptr) {
            break;
        }
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    if (errno != 0) {
        base::throw_errno(fmt::format("reading the directory {}", path));
    }
    std::sort(names.begin(), names.end());
    return names;
}

void copy_bytes(int from, int to, const std::string& source) {
    std::vector<char> buffer(std::size_t{1} << 17U);
    for (;;) {
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            base::throw_errno(fmt::format("reading {}", source));
        }
        if (got == 0) {
            return;
        }
        base::write_all(to, std::string_view(buffer.data(), static_cast<std::size_t>(got)), source);
    }
}

/// linux/posix_acl_xattr.h: a version of four bytes, then entries of eight that begin with a tag.
bool names_somebody(std::string_view attribute, std::string_view value) {
    constexpr std::size_t header_size = 4;
    constexpr std::size_t entry_size = 8;
    constexpr char tag_user = 2;
    constexpr char tag_group = 8;
    if (!attribute.starts_with("system.posix_acl_")) {
        return false;
    }
    for (std::size_t at = header_size; at + entry_size <= value.size(); at += entry_size) {
        if (value[at] == tag_user || value[at] == tag_group) {
            return true;
        }
    }
    return false;
}

void copy_xattrs(int from, int to, const std::string& source, base::Reporter& reporter) {
    std::array<char, 65536> names;
    const ssize_t length = ::flistxattr(from, names.data(), names.size());
    if (length <= 0) {
        return;
    }
    std::vector<char> value(65536);
    for (std::string_view rest(names.data(), static_cast<std::size_t>(length)); !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(name.size() + 1);
        // Labels belong to the host's policy, overlay attributes to its mounts.
        if (name == "security.selinux" || name.rfind("trusted.", 0) == 0 ||
            name.rfind("user.overlay.", 0) == 0) {
            continue;
        }
        const ssize_t size = ::fgetxattr(from, name.c_str(), value.data(), value.size());
        // As owners: who has a number on this host is somebody else in the image.
        if (size >= 0 && names_somebody(name, {value.data(), static_cast<std::size_t>(size)})) {
            reporter.message(
                base::LogLevel::warning,
                fmt::format(
                    "{}: its access control list is left out, since it names users or groups of "
                    "this machine; a rule in /etc/tmpfiles.d sets one in the image",
                    source));
            continue;
        }
        if (size < 0 ||
            ::fsetxattr(to, name.c_str(), value.data(), static_cast<std::size_t>(size), 0) != 0) {
            base::throw_errno(fmt::format("copying the attribute {} of {}", name, source));
        }
    }
}

std::string link_target(
    int parent, const std::string& name, const struct stat& status, const std::string& source) {
    std::string target(static_cast<std::size_t>(std::max<off_t>(status.st_size, 4096)) + 1, '\0');
    const ssize_t length = ::readlinkat(parent, name.c_str(), target.data(), target.size());
    if (length < 0) {
        base::throw_errno(fmt::format("reading the link {}", source));
    }
    target.resize(static_cast<std::size_t>(length));
    return target;
}

class TreeCopier {
public:
    TreeCopier(const Root& root, const CopyTreeOptions& options, const base::Context& context)
        : root_(root)
        , options_(options)
        , context_(context) {}

    void copy_children(int directory, const std::string& source, const std::string& target) {
        for (const std::string& name : names_in(directory, source)) {
            base::throw_if_stopped(context_.stop);
            const std::string from = base::join_path(source, name);
            base::with_context(
                [&] { return fmt::format("copying {}", from); },
                [&] { copy_entry(directory, name, from, base::join_path(target, name)); });
        }
    }

    std::vector<tree::Entry> take_unmade() { return std::move(unmade_); }

private:
    void copy_entry(
        int directory,
        const std::string& name,
        const std::string& source,
        const std::string& target) {
        struct stat status = {};
        if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            base::throw_errno(fmt::format("looking at {}", source));
        }
        if (!S_ISDIR(status.st_mode) && leaves_directory(directory, name, source, target, status)) {
            return;
        }
        switch (status.st_mode & S_IFMT) {
        case S_IFDIR:
            copy_directory(directory, name, source, target, status);
            return;
        case S_IFREG:
            copy_file(directory, name, source, target, status);
            break;
        case S_IFLNK:
            copy_symlink(directory, name, source, target, status);
            break;
        default:
            if (!copy_special(source, target, status)) {
                return;
            }
        }
        root_.set_mtime(target, {options_.mtime, 0});
    }

    /// Whether a directory of the image stays in place of the entry, which must not cost its content.
    bool leaves_directory(
        int parent,
        const std::string& name,
        const std::string& source,
        const std::string& target,
        const struct stat& status) const {
        const auto existing = root_.status(target);
        if (!existing || !S_ISDIR(existing->st_mode)) {
            return false;
        }
        if (S_ISLNK(status.st_mode)) {
            const std::string to = link_target(parent, name, status, source);
            const auto found = root_.target_status(
                to.starts_with('/') ? to : target.substr(0, target.rfind('/') + 1) + to);
            if (found && found->st_dev == existing->st_dev && found->st_ino == existing->st_ino) {
                return true;
            }
        }
        if (!root_.list(target).empty()) {
            throw base::Error(
                fmt::format(
                    "it would take the place of the directory {} and all that is in it", target),
                base::ExitCode::usage)
                .set_hint("leave it out of the tree, or make it a directory");
        }
        return false;
    }

    std::uint32_t mode_of(const struct stat& status) const {
        const auto mode = static_cast<std::uint32_t>(status.st_mode & 07777U);
        if (!options_.git_modes) {
            return mode;
        }
        return S_ISDIR(status.st_mode) || (mode & 0111U) != 0 ? 0755 : 0644;
    }

    void copy_directory(
        int parent,
        const std::string& name,
        const std::string& source,
        const std::string& target,
        const struct stat& status) {
        const auto existing = root_.target_status(target);
        if (existing && S_ISDIR(existing->st_mode)) {
            if (!options_.git_modes) {
                // The link of a merged /usr keeps pointing where it does: the mode is the directory's.
                const base::UniqueFd made = root_.open_file(target, O_RDONLY | O_DIRECTORY);
                if (::fchmod(made.get(), mode_of(status)) != 0) {
                    base::throw_errno(fmt::format("changing the mode of {}", target));
                }
            }
        } else {
            root_.remove(target);
            root_.make_directory(target, {mode_of(status), options_.uid, options_.gid});
        }
        const base::UniqueFd directory =
            base::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        const base::UniqueFd made = root_.open_file(target, O_RDONLY | O_DIRECTORY);
        copy_xattrs(directory.get(), made.get(), source, context_.reporter);
        copy_children(directory.get(), source, target);
        const std::array<timespec, 2> times = {
            timespec{options_.mtime, 0}, timespec{options_.mtime, 0}};
        if (!existing && ::futimens(made.get(), times.data()) != 0) {
            base::throw_errno(fmt::format("setting the time of {}", target));
        }
    }

    void copy_file(
        int parent,
        const std::string& name,
        const std::string& source,
        const std::string& target,
        const struct stat& status) {
        const Place place = place_for(target);
        const auto link = std::pair(status.st_dev, status.st_ino);
        if (status.st_nlink > 1) {
            if (const auto first = first_names_.find(link); first != first_names_.end()) {
                const Place earlier = root_.place_of(first->second);
                if (::linkat(
                        earlier.parent.get(),
                        earlier.name.c_str(),
                        place.parent.get(),
                        place.name.c_str(),
                        0) != 0) {
                    base::throw_errno(fmt::format("linking {}", target));
                }
                return;
            }
            first_names_.emplace(link, target);
        }
        const base::UniqueFd from = base::open_at(parent, name, O_RDONLY | O_NOFOLLOW);
        const base::UniqueFd to = base::open_at(
            place.parent.get(), place.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        copy_bytes(from.get(), to.get(), source);
        // The mode comes after the owner: changing the owner clears the setuid bit.
        if (::fchown(to.get(), options_.uid, options_.gid) != 0 ||
            ::fchmod(to.get(), mode_of(status)) != 0) {
            base::throw_errno(fmt::format("setting owner and mode of {}", target));
        }
        copy_xattrs(from.get(), to.get(), source, context_.reporter);
    }

    void copy_symlink(
        int parent,
        const std::string& name,
        const std::string& source,
        const std::string& target,
        const struct stat& status) {
        const std::string to = link_target(parent, name, status, source);
        root_.remove(target);
        root_.make_symlink(target, to, options_.uid, options_.gid);
    }

    /// @returns false if it is a device that this process may not make.
    bool
    copy_special(const std::string& source, const std::string& target, const struct stat& status) {
        if (S_ISSOCK(status.st_mode)) {
            throw base::Error(
                fmt::format("{} is a socket, which an image can't hold", source),
                base::ExitCode::usage);
        }
        if (S_ISCHR(status.st_mode) && status.st_rdev == 0) {
            // On an overlay it would hide a file instead of being one.
            throw base::Error(
                fmt::format("{} is the character device 0:0, which no image can have", source),
                base::ExitCode::usage);
        }
        const Place place = place_for(target);
        if (::mknodat(place.parent.get(), place.name.c_str(), status.st_mode, status.st_rdev) !=
            0) {
            if (errno == EPERM && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))) {
                unmade_.push_back(device_at(target, status));
                return false;
            }
            base::throw_errno(fmt::format("making the node {}", target));
        }
        root_.set_owner(target, options_.uid, options_.gid);
        root_.set_mode(target, mode_of(status));
        return true;
    }

    tree::Entry device_at(const std::string& target, const struct stat& status) const {
        tree::Entry device;
        device.path = target.substr(target.find_first_not_of('/'));
        device.type =
            S_ISCHR(status.st_mode) ? tree::EntryType::char_device : tree::EntryType::block_device;
        device.mode = mode_of(status);
        device.uid = options_.uid;
        device.gid = options_.gid;
        device.mtime = {options_.mtime, 0};
        device.major = major(status.st_rdev);
        device.minor = minor(status.st_rdev);
        return device;
    }

    /// The place of `target`, with what stood there removed.
    Place place_for(const std::string& target) const {
        root_.remove(target);
        return root_.place_of(target);
    }

    const Root& root_;
    const CopyTreeOptions& options_;
    const base::Context& context_;
    std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
    std::vector<tree::Entry> unmade_;
};

} // namespace

std::vector<tree::Entry> copy_tree(
    const std::string& source,
    const Root& root,
    const CopyTreeOptions& options,
    const base::Context& context) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, source, O_RDONLY | O_DIRECTORY);
    root.make_directories(options.target, {0755, options.uid, options.gid});
    TreeCopier copier(root, options, context);
    copier.copy_children(directory.get(), source, options.target);
    return copier.take_unmade();
}

} // namespace imgbuild::root
