// SPDX-License-Identifier: Apache-2.0
#include "root/layer_commit.hpp"

#include "root/layer_cursor.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <set>
#include <string_view>
#include <utility>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;
using tree::Inventory;

} // namespace

UnmadeDevices::UnmadeDevices(const Inventory& below, int root) {
    DirectoryCursor cursor(root, "the root");
    for (const Entry& entry : below.entries()) {
        if (!is_device(entry)) {
            continue;
        }
        struct stat status = {};
        const int directory = cursor.try_parent_of(entry.path);
        if (directory < 0 ||
            ::fstatat(directory, name_of(entry.path).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            record(entry);
        }
    }
}

void UnmadeDevices::record(const Entry& device) {
    Entry& kept = devices_[device.path];
    kept = device;
    // Names of one file are only known where the file is.
    kept.link_group = 0;
}

Inventory UnmadeDevices::added_to(const Inventory& found) const {
    std::vector<Entry> entries;
    entries.reserve(found.entries().size() + devices_.size());
    for (const Entry& entry : found.entries()) {
        // Carried over from the layers below: what was recorded last counts.
        if (!is_device(entry) || !devices_.contains(entry.path)) {
            entries.push_back(entry);
        }
    }
    for (const auto& [path, device] : devices_) {
        const Entry* const directory = found.find(parent_path(path));
        const Entry* const there = found.find(path);
        if (directory != nullptr && directory->type == EntryType::directory &&
            (there == nullptr || is_device(*there))) {
            entries.push_back(device);
        }
    }
    return Inventory(std::move(entries));
}

Inventory with_clamped_times(const Inventory& found, const Inventory& below, std::int64_t epoch) {
    std::vector<Entry> entries = found.entries();
    const tree::Time latest = {.seconds = epoch, .nanoseconds = 0};
    for (Entry& entry : entries) {
        if (entry.mtime > latest) {
            const Entry* const before = below.find(entry.path);
            if (before == nullptr || before->mtime != entry.mtime) {
                entry.mtime = latest;
            }
        }
    }
    return Inventory(std::move(entries));
}

Inventory content_of(const Inventory& change, const Inventory& after) {
    std::set<std::string_view> above = {""};
    for (const Entry& entry : change.entries()) {
        for (std::string_view path = entry.path; !path.empty();) {
            path = parent_path(path);
            if (!above.insert(path).second) {
                break;
            }
        }
    }
    std::vector<Entry> entries = change.entries();
    for (const std::string_view path : above) {
        const Entry* const directory = after.find(path);
        if (directory != nullptr && change.find(path) == nullptr) {
            entries.push_back(*directory);
        }
    }
    return Inventory(std::move(entries));
}

Entry root_entry(const Inventory& below) {
    if (const Entry* const entry = below.find("")) {
        return *entry;
    }
    return {.type = EntryType::directory, .mode = 0755};
}

} // namespace imgbuild::root
