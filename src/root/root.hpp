// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The directory tree of an image. All access goes through `openat2` with RESOLVE_IN_ROOT and
 * RESOLVE_NO_MAGICLINKS: absolute links and ".." resolve inside the root, whatever a package, an
 * archive or a script put there, also while it changes.
 *
 * Paths are relative to the root; a leading slash is allowed and means the same. Unless a function
 * says otherwise, links in the parents are followed (inside the root) and the last component is not.
 */
#pragma once

#include "base/unique_fd.hpp"
#include "tree/inventory.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

/// Owner and permissions of something that is being made.
struct Attributes {
    std::uint32_t mode = 0644;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// A parent directory and the name of an entry in it; the name has no slash and is not "..".
/// It is "." for the root itself, and only then.
struct Place {
    base::UniqueFd parent;
    std::string name;
};

/// Owns a descriptor of the root directory. Thread-compatible: const members may be called from
/// several threads at once.
class Root {
public:
    /// @param directory an open directory. @param name how messages call the root.
    Root(base::UniqueFd directory, std::string name);

    /// Opens `path` on the host. Messages call the root so, or by `name`.
    static Root open(const std::string& path);
    static Root open(const std::string& path, std::string name);

    int fd() const noexcept { return directory_.get(); }

    const std::string& name() const noexcept { return name_; }

    /// Opens with the given flags (O_CLOEXEC is added); follows the last component unless O_NOFOLLOW.
    /// Without O_PATH only regular files and directories are opened: an image can't make imgbuild
    /// wait for a fifo or wake a device of the host.
    base::UniqueFd open_file(std::string_view path, int flags, mode_t mode = 0) const;

    /// As `open_file`, but nothing if it does not exist (or a parent is no directory).
    base::UniqueFd try_open(std::string_view path, int flags) const;

    /// Where an entry stands or would stand. Its parent must exist. A path that ends in ".." is an
    /// error, as it names no entry.
    Place place_of(std::string_view path) const;

    /// What stands there (links are not followed); nothing if there is nothing.
    std::optional<struct stat> status(std::string_view path) const;

    /// What a process inside the image would find there (links are followed).
    std::optional<struct stat> target_status(std::string_view path) const;

    bool exists(std::string_view path) const { return status(path).has_value(); }

    /// The content of a regular file; links are followed inside the root.
    std::string read(std::string_view path) const;

    /// As `read`, but nothing if there is no such file.
    std::optional<std::string> try_read(std::string_view path) const;

    std::string read_link(std::string_view path) const;

    /// The names in a directory, sorted, without "." and "..".
    std::vector<std::string> list(std::string_view path) const;

    /// Writes a regular file. What stood there is replaced (not written through, so links are not
    /// followed and other names of a hard link keep their content). Parents must exist.
    void write(std::string_view path, std::string_view content, const Attributes& attributes) const;

    /// As `write` with the owner and mode of the file that stands there, else `otherwise`.
    void
    rewrite(std::string_view path, std::string_view content, const Attributes& otherwise) const;

    /// Makes a directory; an existing directory, or a link to one, is left as it is.
    void make_directory(std::string_view path, const Attributes& attributes) const;

    /// Makes a directory and the missing ones above it, all with these attributes.
    void make_directories(std::string_view path, const Attributes& attributes) const;

    /// Makes a symbolic link; what stood there is replaced, unless it is a directory.
    void make_symlink(
        std::string_view path,
        const std::string& target,
        std::uint32_t uid = 0,
        std::uint32_t gid = 0) const;

    /// Removes what stands there, with everything below it; links are not followed. Missing is fine.
    /// The root itself can't be removed.
    void remove(std::string_view path) const;

    void set_owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) const;
    void set_mode(std::string_view path, std::uint32_t mode) const;
    void set_mtime(std::string_view path, const tree::Time& mtime) const;

private:
    std::string describe(std::string_view path) const;
    int open_raw(std::string_view path, int flags, mode_t mode) const;
    base::UniqueFd open_checked(std::string_view path, int flags, mode_t mode) const;

    base::UniqueFd directory_;
    std::string name_;
};

} // namespace imgbuild::root
