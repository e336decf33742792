// SPDX-License-Identifier: Apache-2.0
#include "root/overlay_links.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "root/layer_copy.hpp"
#include "root/layer_cursor.hpp"
#include "root/root.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;
using tree::Inventory;

/// Of the kernel's file handles in the index, in hexadecimal digits: version, magic, length, flags, type
/// and file system id stand before the handle proper.
constexpr std::size_t index_prefix = std::size_t{2} * 21;

base::UniqueFd open_directory(const std::string& path) {
    return base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
}

std::map<std::uint32_t, std::vector<const Entry*>> link_groups(const Inventory& below) {
    std::map<std::uint32_t, std::vector<const Entry*>> groups;
    for (const Entry& entry : below.entries()) {
        if (entry.link_group != 0) {
            groups[entry.link_group].push_back(&entry);
        }
    }
    return groups;
}

bool stands_in(DirectoryCursor& tree, const std::string& path) {
    struct stat status = {};
    const int directory = tree.try_parent_of(path);
    return directory >= 0 &&
           ::fstatat(directory, name_of(path).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// The contents of the layers below, topmost first.
class LowerTrees {
public:
    explicit LowerTrees(const std::vector<std::string>& paths) {
        for (const std::string& path : paths) {
            directories_.push_back(open_directory(path));
            cursors_.push_back(std::make_unique<DirectoryCursor>(directories_.back().get(), path));
        }
    }

    /// Where a file of the layers below is. A layer that has one name of a file has them all.
    DirectoryCursor* tree_of(const std::string& path) {
        for (const std::unique_ptr<DirectoryCursor>& cursor : cursors_) {
            if (stands_in(*cursor, path)) {
                return cursor.get();
            }
        }
        return nullptr;
    }

private:
    std::vector<base::UniqueFd> directories_;
    std::vector<std::unique_ptr<DirectoryCursor>> cursors_;
};

/// The entries with these paths and all directories above them.
std::vector<Entry> with_directories(const std::set<std::string>& paths, const Inventory& below) {
    std::set<std::string> all = paths;
    for (const std::string& path : paths) {
        for (std::string_view above = path; !above.empty();) {
            above = parent_path(above);
            if (!all.emplace(above).second) {
                break;
            }
        }
    }
    std::vector<Entry> entries;
    for (const std::string& path : all) {
        if (const Entry* const entry = below.find(path)) {
            entries.push_back(*entry);
        }
    }
    return Inventory(std::move(entries)).entries();
}

/// The kernel's handle of a file, in hexadecimal digits; nothing where there are none.
std::optional<std::string> handle_of(DirectoryCursor& tree, const std::string& path) {
    alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> storage = {};
    auto* const handle = reinterpret_cast<file_handle*>(storage.data());
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount_id = 0;
    if (::name_to_handle_at(tree.parent_of(path), name_of(path).c_str(), handle, &mount_id, 0) !=
        0) {
        return std::nullopt;
    }
    std::string text;
    for (unsigned i = 0; i < handle->handle_bytes; ++i) {
        const auto byte = static_cast<unsigned char>(storage[sizeof(file_handle) + i]);
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

} // namespace

void copy_up_linked_files(
    const Inventory& below,
    const std::vector<std::string>& lower,
    const std::string& upper,
    const base::Context& context) {
    std::set<std::string> paths;
    for (const auto& [number, names] : link_groups(below)) {
        for (const Entry* const entry : names) {
            paths.insert(entry->path);
        }
    }
    if (paths.empty()) {
        return;
    }
    LowerTrees trees(lower);
    const OpenContent open_content = [&](const Entry& entry) {
        DirectoryCursor* const tree = trees.tree_of(entry.path);
        if (tree == nullptr) {
            throw base::Error(fmt::format("no layer has the file {}", entry.path));
        }
        return content_from(*tree)(entry);
    };
    const base::UniqueFd directory = open_directory(upper);
    DirectoryCursor target(directory.get(), upper);
    copy_entries(with_directories(paths, below), open_content, target, Whiteouts::obeyed, context);
}

std::vector<MissingLink> missing_links(
    const Inventory& below,
    const std::vector<std::string>& lower,
    const std::string& work,
    int root) {
    std::unordered_map<std::string, std::string> index;
    for (const std::string& name : Root::open(work + "/work/index").list("")) {
        if (name.size() > index_prefix) {
            index.emplace(name.substr(index_prefix), name);
        }
    }
    std::vector<MissingLink> missing;
    if (index.empty()) {
        return missing;
    }
    LowerTrees trees(lower);
    const base::UniqueFd upper_directory = open_directory(work + "/upper");
    DirectoryCursor upper(upper_directory.get(), work + "/upper");
    DirectoryCursor mounted(root, "the root");
    for (const auto& [number, names] : link_groups(below)) {
        DirectoryCursor* const tree = trees.tree_of(names.front()->path);
        const std::optional<std::string> handle =
            tree != nullptr ? handle_of(*tree, names.front()->path) : std::nullopt;
        const auto found = handle ? index.find(*handle) : index.end();
        if (found == index.end()) {
            continue;
        }
        for (const Entry* const name : names) {
            // Visible, but not in the upper directory: it is the name of the layers below.
            if (!stands_in(upper, name->path) && stands_in(mounted, name->path)) {
                missing.push_back({.index_name = found->second, .path = name->path});
            }
        }
    }
    return missing;
}

void add_missing_links(
    const std::vector<MissingLink>& links,
    const Inventory& below,
    const std::string& work,
    const base::Context& context) {
    if (links.empty()) {
        return;
    }
    const std::string upper_path = work + "/upper";
    const base::UniqueFd directory = open_directory(upper_path);
    const base::UniqueFd index = open_directory(work + "/work/index");
    DirectoryCursor upper(directory.get(), upper_path);
    std::set<std::string> paths;
    for (const MissingLink& link : links) {
        paths.insert(link.path);
    }
    std::vector<Entry> directories = with_directories(paths, below);
    // Those that are there have the attributes that the stage gave them.
    std::erase_if(directories, [&](const Entry& entry) {
        return entry.type != EntryType::directory || stands_in(upper, entry.path);
    });
    copy_entries(directories, content_from(upper), upper, Whiteouts::obeyed, context);
    for (const MissingLink& link : links) {
        const int parent = upper.parent_of(link.path);
        struct stat status = {};
        if (::fstat(parent, &status) != 0 ||
            ::linkat(index.get(), link.index_name.c_str(), parent, name_of(link.path).c_str(), 0) !=
                0) {
            base::throw_errno(fmt::format("joining the names of {}", upper.full_name(link.path)));
        }
        Entry restored;
        restored.path = std::string(parent_path(link.path));
        restored.mtime = {
            .seconds = status.st_mtim.tv_sec,
            .nanoseconds = static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
        set_mtime(restored, upper);
    }
}

} // namespace imgbuild::root
