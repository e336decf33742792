// SPDX-License-Identifier: Apache-2.0
#include "root/plain_digests.hpp"

#include "root/layer_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;

bool is_later(const timespec& a, const timespec& b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/// The kernel's time goes in steps: two changes within one could not be told apart.
void wait_until_after(const timespec& time) {
    for (;;) {
        timespec now = {};
        ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
        if (is_later(now, time)) {
            return;
        }
        const timespec step = {.tv_sec = 0, .tv_nsec = 1000000};
        ::nanosleep(&step, nullptr);
    }
}

bool status_of(const std::string& path, DirectoryCursor& tree, struct stat& status) {
    const int directory = tree.try_parent_of(path);
    return directory >= 0 &&
           ::fstatat(directory, name_of(path).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

} // namespace

void DigestMemory::remember(const tree::Inventory& inventory, DirectoryCursor& tree) {
    files_.clear();
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    timespec latest = now;
    for (const Entry& entry : inventory.entries()) {
        struct stat status = {};
        if (!entry.digest || !status_of(entry.path, tree, status)) {
            continue;
        }
        // Is not worth waiting for: the clock was set back.
        if (status.st_ctim.tv_sec > now.tv_sec + 1) {
            continue;
        }
        latest = is_later(status.st_ctim, latest) ? status.st_ctim : latest;
        files_[entry.path] = {
            .inode = status.st_ino,
            .size = status.st_size,
            .changed = status.st_ctim,
            .digest = *entry.digest};
    }
    wait_until_after(latest);
}

bool DigestMemory::is_as_it_was(
    const std::string& path, DirectoryCursor& tree, crypto::Digest& digest) const {
    const auto known = files_.find(path);
    struct stat status = {};
    if (known == files_.end() || !status_of(path, tree, status)) {
        return false;
    }
    const State& state = known->second;
    digest = state.digest;
    return state.inode == status.st_ino && state.size == status.st_size &&
           state.changed.tv_sec == status.st_ctim.tv_sec &&
           state.changed.tv_nsec == status.st_ctim.tv_nsec;
}

tree::Inventory DigestMemory::with_digests(
    const tree::Inventory& found,
    int root,
    const std::string& name,
    const base::Context& context) const {
    std::vector<Entry> entries = found.entries();
    std::vector<std::size_t> changed;
    DirectoryCursor cursor(root, name);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        crypto::Digest digest;
        if (entries[i].type != EntryType::regular) {
            continue;
        }
        if (is_as_it_was(entries[i].path, cursor, digest)) {
            entries[i].digest = digest;
        } else {
            changed.push_back(i);
        }
    }
    base::parallel_for(context.pool, context.stop, changed.size(), [&](std::size_t i) {
        Entry& entry = entries[changed[i]];
        DirectoryCursor tree(root, name);
        const base::UniqueFd file = content_from(tree)(entry);
        entry.digest = crypto::sha256_of_file(file.get(), tree.full_name(entry.path));
    });
    return tree::Inventory(std::move(entries));
}

} // namespace imgbuild::root
