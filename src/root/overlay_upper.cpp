// SPDX-License-Identifier: Apache-2.0
#include "root/overlay_upper.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "root/layer_copy.hpp"
#include "root/layer_cursor.hpp"
#include "root/layer_xattr.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;

void remove(const Entry& entry, DirectoryCursor& tree) {
    const int flags = entry.type == EntryType::directory ? AT_REMOVEDIR : 0;
    // Whiteouts of what an opaque directory hides stand in the inventory only.
    if (::unlinkat(tree.parent_of(entry.path), name_of(entry.path).c_str(), flags) != 0 &&
        errno != ENOENT) {
        base::throw_errno(fmt::format("removing {}", tree.full_name(entry.path)));
    }
}

void make_whiteout(const Entry& entry, DirectoryCursor& tree) {
    const int directory = tree.parent_of(entry.path);
    if (::mknodat(directory, name_of(entry.path).c_str(), S_IFCHR, ::makedev(0, 0)) != 0 &&
        errno != EEXIST) {
        base::throw_errno(fmt::format("making the whiteout {}", tree.full_name(entry.path)));
    }
}

} // namespace

void make_content_of_upper(
    const std::string& upper, const tree::Inventory& found, const tree::Inventory& content) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, upper, O_RDONLY | O_DIRECTORY);
    DirectoryCursor tree(directory.get(), upper);
    for (auto entry = found.entries().rbegin(); entry != found.entries().rend(); ++entry) {
        if (content.find(entry->path) == nullptr) {
            remove(*entry, tree);
        }
    }
    for (const Entry& entry : content.entries()) {
        if (entry.type == EntryType::whiteout) {
            make_whiteout(entry, tree);
        } else if (found.find(entry.path) != nullptr) {
            remove_overlay_xattrs(entry, tree);
        }
    }
    for (const Entry& entry : content.entries()) {
        const Entry* const there = found.find(entry.path);
        // What was removed or made changed the times of directories.
        if (entry.type != EntryType::whiteout && there != nullptr &&
            (entry.type == EntryType::directory || there->mtime != entry.mtime)) {
            set_mtime(entry, tree);
        }
    }
}

} // namespace imgbuild::root
