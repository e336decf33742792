// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <random>
#include <string>
#include <vector>

namespace imgbuild::test {

/// Whole trees (every parent is there) with few names, so that two of them collide often.
class RandomInventories {
public:
    explicit RandomInventories(unsigned seed)
        : random_(seed) {}

    tree::Inventory make() {
        entries_.clear();
        files_ = 0;
        tree::Entry root;
        root.type = tree::EntryType::directory;
        root.mode = 0755;
        entries_.push_back(root);
        fill("", 0);
        return tree::Inventory(std::move(entries_));
    }

    unsigned below(unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_);
    }

private:
    void fill(const std::string& directory, int depth) {
        for (const char* const name : {"a", "b", "a-b", "a b"}) {
            if (below(3) == 0) {
                continue;
            }
            tree::Entry entry;
            entry.path = directory.empty() ? name : directory + "/" + name;
            entry.mode = below(6) == 0 ? 0700 : 0755;
            const unsigned kind = below(8);
            if (kind < 3 && depth < 3) {
                entry.type = tree::EntryType::directory;
                entries_.push_back(entry);
                fill(entry.path, depth + 1);
            } else if (kind < 6) {
                add_file(entry);
            } else {
                entry.type = tree::EntryType::symlink;
                entry.link_target = below(2) == 0 ? "a" : "/b";
                entries_.push_back(entry);
            }
        }
    }

    void add_file(tree::Entry& entry) {
        entry.size = below(2);
        if (files_ > 0 && below(2) == 0) {
            // Another name of an earlier file: everything but the path is the same.
            const std::string path = entry.path;
            const auto group = 1 + below(std::min(files_, 3U));
            for (const tree::Entry& other : entries_) {
                if (other.link_group == group) {
                    entry = other;
                    break;
                }
            }
            entry.path = path;
        } else {
            entry.link_group = ++files_;
        }
        entries_.push_back(entry);
    }

    std::mt19937 random_;
    std::vector<tree::Entry> entries_;
    unsigned files_ = 0;
};

} // namespace imgbuild::test
