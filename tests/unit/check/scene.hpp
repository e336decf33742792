// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <string>
#include <utility>
#include <vector>

namespace imgbuild::test {

/// An inventory in the making; directories above an entry come by themselves.
class Scene {
public:
    Scene() { entries_.push_back(directory_at("")); }

    Scene& directory(const std::string& path) {
        add(directory_at(path));
        return *this;
    }

    Scene& file(const std::string& path, std::uint32_t mode = 0644, std::uint64_t size = 10) {
        tree::Entry entry;
        entry.path = path;
        entry.mode = mode;
        entry.size = size;
        add(std::move(entry));
        return *this;
    }

    Scene& link(const std::string& path, const std::string& target) {
        tree::Entry entry;
        entry.path = path;
        entry.type = tree::EntryType::symlink;
        entry.mode = 0777;
        entry.link_target = target;
        add(std::move(entry));
        return *this;
    }

    Scene& remove(const std::string& path) {
        std::erase_if(entries_, [&path](const tree::Entry& entry) {
            return entry.path == path || tree::is_below(entry.path, path);
        });
        return *this;
    }

    /// The entry at this path, to be changed.
    tree::Entry& at(const std::string& path) {
        for (tree::Entry& entry : entries_) {
            if (entry.path == path) {
                return entry;
            }
        }
        add(directory_at(path));
        return entries_.back();
    }

    tree::Inventory inventory() const { return tree::Inventory(entries_); }

private:
    static tree::Entry directory_at(const std::string& path) {
        tree::Entry entry;
        entry.path = path;
        entry.type = tree::EntryType::directory;
        entry.mode = 0755;
        return entry;
    }

    void add(tree::Entry entry) {
        const std::size_t slash = entry.path.rfind('/');
        if (slash != std::string::npos) {
            at(entry.path.substr(0, slash));
        }
        std::erase_if(
            entries_, [&entry](const tree::Entry& known) { return known.path == entry.path; });
        entries_.push_back(std::move(entry));
    }

    std::vector<tree::Entry> entries_;
};

} // namespace imgbuild::test
