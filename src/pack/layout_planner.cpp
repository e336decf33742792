// SPDX-License-Identifier: Apache-2.0
#include "pack/layout_planner.hpp"

#include "pack/chunk_cutter.hpp"
#include "pack/newc.hpp"
#include "pack/path_hash.hpp"
#include "tree/link_groups.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>

namespace imgbuild::pack {

namespace {

/// From here on a package shares no chunk with others.
constexpr std::uint64_t large_package = std::uint64_t{256} << 10U;

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

/// Files by the index of their first name, in the inventory's order.
struct Part {
    std::vector<std::size_t> files;
    std::uint64_t size = 0;
};

class Planning {
public:
    Planning(const tree::Inventory& inventory, const std::vector<PackageList>& lists)
        : entries_(inventory.entries())
        , links_(inventory)
        , owners_(inventory, lists)
        , packages_(lists.size()) {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].type != tree::EntryType::directory) {
                assign(i);
            }
        }
    }

    void place_directories() {
        for (const tree::Entry& entry : entries_) {
            if (entry.type == tree::EntryType::directory) {
                layout_.entries.push_back({&entry});
            }
        }
        cut();
    }

    void place_small_packages() {
        for (const Part& package : packages_) {
            if (package.size < large_package) {
                place(package);
            }
        }
        cut();
    }

    void place_large_packages() {
        for (const Part& package : packages_) {
            if (package.size >= large_package) {
                place(package);
                cut();
            }
        }
    }

    void place_rest() {
        place(rest_);
        cut();
    }

    Layout finish() { return std::move(layout_); }

private:
    void assign(std::size_t index) {
        const std::vector<std::size_t> names = links_.names_of(index);
        if (names.front() != index) {
            return;
        }
        const std::optional<std::size_t> owner = owners_.owner_of(index);
        const bool is_one_packages =
            owner && std::all_of(names.begin(), names.end(), [&](std::size_t name) {
                return owners_.owner_of(name) == owner;
            });
        Part& part = is_one_packages ? packages_[*owner] : rest_;
        part.files.push_back(index);
        part.size += content_size(entries_[index]);
        for (const std::size_t name : names) {
            part.size += newc_header_size(entries_[name]);
        }
    }

    static std::uint64_t content_size(const tree::Entry& entry) {
        return entry.type == tree::EntryType::regular ? entry.size : 0;
    }

    void place(const Part& part) {
        for (const std::size_t index : part.files) {
            const tree::Entry& entry = entries_[index];
            const std::vector<std::size_t> names = links_.names_of(index);
            if (names.size() == 1) {
                layout_.entries.push_back({&entry, 0, 1, content_size(entry)});
                continue;
            }
            const std::uint32_t inode = inodes_.number_for(entry.path);
            const auto links = static_cast<std::uint32_t>(names.size());
            for (const std::size_t name : names) {
                layout_.entries.push_back(
                    {&entries_[name],
                     inode,
                     links,
                     name == names.back() ? content_size(entry) : 0});
            }
        }
        if (!part.files.empty()) {
            layout_.entries.back().ends_package = true;
        }
    }

    /// What was placed since the last time becomes chunks.
    void cut() {
        ChunkCutter::cut(layout_, cut_);
        cut_ = layout_.entries.size();
    }

    const std::vector<tree::Entry>& entries_;
    const tree::LinkGroups links_;
    const PackageOwners owners_;
    std::vector<Part> packages_;
    Part rest_;
    Inodes inodes_;
    Layout layout_;
    std::size_t cut_ = 0;
};

} // namespace

Layout plan_layout(const tree::Inventory& inventory, const std::vector<PackageList>& lists) {
    Planning planning(inventory, lists);
    planning.place_directories();
    planning.place_small_packages();
    planning.place_large_packages();
    planning.place_rest();
    return planning.finish();
}

Layout plan_packages(const tree::Inventory& inventory, const std::vector<PackageList>& lists) {
    Planning planning(inventory, lists);
    planning.place_small_packages();
    planning.place_large_packages();
    return planning.finish();
}

Layout
plan_large_packages(const tree::Inventory& inventory, const std::vector<PackageList>& lists) {
    Planning planning(inventory, lists);
    planning.place_large_packages();
    return planning.finish();
}

} // namespace imgbuild::pack
