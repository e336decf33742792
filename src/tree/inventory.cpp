// SPDX-License-Identifier: Apache-2.0
#include "tree/inventory.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace imgbuild::tree {

namespace {

/// Entries are large; sorting indices and moving each entry once is several times faster.
std::vector<Entry> sorted(std::vector<Entry> entries) {
    const auto in_order = [](const Entry& a, const Entry& b) { return path_less(a.path, b.path); };
    if (std::is_sorted(entries.begin(), entries.end(), in_order)) {
        return entries;
    }
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return path_less(entries[a].path, entries[b].path);
    });
    std::vector<Entry> result;
    result.reserve(entries.size());
    for (const std::size_t i : order) {
        result.push_back(std::move(entries[i]));
    }
    return result;
}

void refuse_duplicates(const std::vector<Entry>& entries) {
    const auto twice =
        std::adjacent_find(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
            return a.path == b.path;
        });
    if (twice != entries.end()) {
        throw base::Error(
            fmt::format("an inventory has the path {} twice", base::printable(twice->path)));
    }
}

void number_link_groups(std::vector<Entry>& entries) {
    struct Group {
        std::uint32_t names = 0;
        std::uint32_t number = 0;
    };

    std::unordered_map<std::uint32_t, Group> groups;
    for (const Entry& entry : entries) {
        if (entry.link_group != 0) {
            ++groups[entry.link_group].names;
        }
    }
    std::uint32_t last = 0;
    for (Entry& entry : entries) {
        if (entry.link_group == 0) {
            continue;
        }
        Group& group = groups[entry.link_group];
        if (group.names > 1 && group.number == 0) {
            group.number = ++last;
        }
        entry.link_group = group.number;
    }
}

} // namespace

bool path_less(std::string_view a, std::string_view b) {
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (in_a == a.end() || in_b == b.end()) {
        return in_a == a.end() && in_b != b.end();
    }
    // No name contains a slash or NUL, so 0 is free to stand for the slash, below all other bytes.
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
    return rank(*in_a) < rank(*in_b);
}

bool is_device(const Entry& entry) {
    return entry.type == EntryType::char_device || entry.type == EntryType::block_device;
}

bool is_below(std::string_view path, std::string_view directory) {
    if (directory.empty()) {
        return !path.empty();
    }
    return path.size() > directory.size() && path[directory.size()] == '/' &&
           path.starts_with(directory);
}

Inventory::Inventory(std::vector<Entry> entries)
    : entries_(sorted(std::move(entries))) {
    refuse_duplicates(entries_);
    number_link_groups(entries_);
}

const Entry* Inventory::find(std::string_view path) const {
    const auto found = std::lower_bound(
        entries_.begin(), entries_.end(), path, [](const Entry& entry, std::string_view wanted) {
            return path_less(entry.path, wanted);
        });
    return found != entries_.end() && found->path == path ? &*found : nullptr;
}

std::pair<std::size_t, std::size_t> Inventory::below(std::string_view path) const {
    const auto first = std::upper_bound(
        entries_.begin(), entries_.end(), path, [](std::string_view wanted, const Entry& entry) {
            return path_less(wanted, entry.path);
        });
    const auto last = std::partition_point(
        first, entries_.end(), [&](const Entry& entry) { return is_below(entry.path, path); });
    return {
        static_cast<std::size_t>(first - entries_.begin()),
        static_cast<std::size_t>(last - entries_.begin())};
}

std::uint64_t Inventory::content_size() const {
    std::uint64_t size = 0;
    // Groups are numbered in the order of their first names.
    std::uint32_t groups_seen = 0;
    for (const Entry& entry : entries_) {
        if (entry.link_group > groups_seen) {
            groups_seen = entry.link_group;
        } else if (entry.link_group != 0) {
            continue;
        }
        if (entry.type == EntryType::regular) {
            size += entry.size;
        }
    }
    return size;
}

} // namespace imgbuild::tree
