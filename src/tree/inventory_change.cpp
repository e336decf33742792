// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "tree/inventory.hpp"
#include "tree/link_groups.hpp"

#include <algorithm>
#include <string>

namespace imgbuild::tree {

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

bool same_but_for_links(const Entry& a, const Entry& b) {
    if (a.link_group == b.link_group) {
        return a == b;
    }
    Entry copy = a;
    copy.link_group = b.link_group;
    return copy == b;
}

/// Which entry of `before` stands at the path of each entry of `after`, and whether it is the same.
class Comparison {
public:
    Comparison(const Inventory& before, const Inventory& after)
        : before_(before.entries())
        , after_(after.entries())
        , before_links_(before)
        , after_links_(after)
        , in_before_(after_.size(), none)
        , in_after_(before_.size(), none) {
        std::size_t i = 0;
        for (std::size_t j = 0; j < after_.size(); ++j) {
            while (i < before_.size() && path_less(before_[i].path, after_[j].path)) {
                ++i;
            }
            if (i < before_.size() && before_[i].path == after_[j].path &&
                same_but_for_links(before_[i], after_[j])) {
                in_before_[j] = i;
                in_after_[i] = j;
            }
        }
    }

    /// True if the entry of `after`, with all other names of its file, need not be part of the change.
    bool is_kept(std::size_t j) const {
        if (in_before_[j] == none) {
            return false;
        }
        if (after_[j].link_group == 0 && before_[in_before_[j]].link_group == 0) {
            return true;
        }
        // What applying a change leaves of the old file's names: those that are in `after` as they
        // were. They must be exactly the new file's names.
        std::vector<std::size_t> left;
        for (const std::size_t i : before_links_.names_of(in_before_[j])) {
            if (in_after_[i] != none) {
                left.push_back(in_after_[i]);
            }
        }
        return left == after_links_.names_of(j);
    }

private:
    const std::vector<Entry>& before_;
    const std::vector<Entry>& after_;
    LinkGroups before_links_;
    LinkGroups after_links_;
    std::vector<std::size_t> in_before_;
    std::vector<std::size_t> in_after_;
};

Entry whiteout(std::string path) {
    Entry entry;
    entry.path = std::move(path);
    entry.type = EntryType::whiteout;
    return entry;
}

} // namespace

Inventory difference(const Inventory& before, const Inventory& after) {
    const std::vector<Entry>& old_entries = before.entries();
    const std::vector<Entry>& new_entries = after.entries();
    const Comparison comparison(before, after);
    std::vector<Entry> change;
    // What stood below this path is gone with it and needs no whiteout of its own.
    std::optional<std::string_view> covered;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < old_entries.size() || j < new_entries.size()) {
        if (j == new_entries.size() ||
            (i < old_entries.size() && path_less(old_entries[i].path, new_entries[j].path))) {
            const std::string& gone = old_entries[i++].path;
            if (!covered || !is_below(gone, *covered)) {
                change.push_back(whiteout(gone));
                covered = gone;
            }
            continue;
        }
        if (i < old_entries.size() && old_entries[i].path == new_entries[j].path) {
            ++i;
        }
        const Entry& entry = new_entries[j];
        if (!comparison.is_kept(j)) {
            change.push_back(entry);
        }
        if (entry.type != EntryType::directory) {
            covered = entry.path;
        }
        ++j;
    }
    return Inventory(std::move(change));
}

Inventory apply(const Inventory& before, const Inventory& change) {
    const std::vector<Entry>& below = before.entries();
    std::vector<Entry> result;
    result.reserve(below.size() + change.entries().size());
    std::uint32_t groups_below = 0;
    for (const Entry& entry : below) {
        groups_below = std::max(groups_below, entry.link_group);
    }
    std::size_t i = 0;
    for (const Entry& entry : change.entries()) {
        while (i < below.size() && path_less(below[i].path, entry.path)) {
            result.push_back(below[i++]);
        }
        if (i < below.size() && below[i].path == entry.path) {
            ++i;
        }
        if (entry.type != EntryType::directory) {
            while (i < below.size() && is_below(below[i].path, entry.path)) {
                ++i;
            }
        }
        if (entry.type != EntryType::whiteout) {
            result.push_back(entry);
            if (entry.link_group != 0) {
                result.back().link_group += groups_below;
            }
        }
    }
    result.insert(result.end(), below.begin() + static_cast<std::ptrdiff_t>(i), below.end());
    return Inventory(std::move(result));
}

} // namespace imgbuild::tree
