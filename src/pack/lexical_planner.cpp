// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_cutter.hpp"
#include "pack/layout_planner.hpp"
#include "pack/path_hash.hpp"

#include <set>
#include <string_view>

namespace imgbuild::pack {

namespace {

/// Numbers for files with several names. A number depends on the file's first name, so that it stays
/// the same when other files come and go, and its chunk with it.
class Inodes {
public:
    std::uint32_t number_for(std::string_view path) {
        auto number = static_cast<std::uint32_t>(path_hash(path));
        while (number == 0 || !used_.insert(number).second) {
            ++number;
        }
        return number;
    }

private:
    std::set<std::uint32_t> used_;
};

} // namespace

Layout LexicalPlanner::plan(const tree::Inventory& inventory) const {
    Layout layout;
    const std::vector<tree::Entry>& all = inventory.entries();
    layout.entries.reserve(all.size());
    std::vector<std::vector<const tree::Entry*>> groups;
    for (const tree::Entry& entry : all) {
        if (entry.type == tree::EntryType::directory) {
            layout.entries.push_back({&entry});
        }
        if (entry.link_group != 0) {
            if (entry.link_group >= groups.size()) {
                groups.resize(entry.link_group + 1);
            }
            groups[entry.link_group].push_back(&entry);
        }
    }
    Inodes inodes;
    for (const tree::Entry& entry : all) {
        if (entry.type == tree::EntryType::directory) {
            continue;
        }
        const std::uint64_t size = entry.type == tree::EntryType::regular ? entry.size : 0;
        if (entry.link_group == 0 || groups[entry.link_group].size() == 1) {
            layout.entries.push_back({&entry, 0, 1, size});
            continue;
        }
        const auto& names = groups[entry.link_group];
        if (names.front() != &entry) {
            continue;
        }
        const std::uint32_t inode = inodes.number_for(entry.path);
        const auto links = static_cast<std::uint32_t>(names.size());
        for (const tree::Entry* const name : names) {
            layout.entries.push_back({name, inode, links, name == names.back() ? size : 0});
        }
    }
    layout.chunks = ChunkCutter::cut(layout.entries);
    return layout;
}

} // namespace imgbuild::pack
