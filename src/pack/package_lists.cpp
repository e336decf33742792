// SPDX-License-Identifier: Apache-2.0
#include "pack/package_lists.hpp"

#include "base/text.hpp"
#include "pack/content_check.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>

namespace imgbuild::pack {

namespace {

constexpr std::string_view lists_directory = "var/lib/dpkg/info";
constexpr std::string_view list_ending = ".list";

// A list of a hundred thousand files has 8 MB; all lists of a Debian desktop have 30 MB.
constexpr std::uint64_t largest_list = std::uint64_t{16} << 20U;
constexpr std::uint64_t most_bytes = std::uint64_t{128} << 20U;

constexpr std::uint32_t special_bits = 07000;

/// Deeper chains of links the kernel does not follow either.
constexpr unsigned most_links = 40;

/// The directory of a path, and the name in it.
std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos
               ? std::pair(std::string_view(), path)
               : std::pair(path.substr(0, slash), path.substr(slash + 1));
}

std::string joined(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.empty()) {
        path += '/';
    }
    return path += name;
}

/// Finds the entries that paths stand for: lists name /bin/x where bin is a link to usr/bin. All that
/// happens is that names are looked up in the inventory.
class PathFinder {
public:
    explicit PathFinder(const tree::Inventory& inventory)
        : inventory_(inventory) {}

    /// The entry, which may be a link itself; nullptr if there is none.
    const tree::Entry* find(std::string_view path) {
        const auto [directory, name] = split_path(path);
        const std::optional<std::string>& place = resolve(directory, 0);
        return place ? inventory_.find(joined(*place, name)) : nullptr;
    }

private:
    /// Where a directory is, without links; nothing if it is none.
    const std::optional<std::string>& resolve(std::string_view directory, unsigned links) {
        const auto known = places_.find(directory);
        if (known != places_.end()) {
            return known->second;
        }
        // Until it is known, it leads nowhere: that ends circles.
        std::optional<std::string>& place = places_[std::string(directory)];
        if (directory.empty()) {
            place = std::string();
            return place;
        }
        const auto [parent, name] = split_path(directory);
        const std::optional<std::string>& above = resolve(parent, links);
        if (!above) {
            return place;
        }
        std::string path = joined(*above, name);
        const tree::Entry* const entry = inventory_.find(path);
        if (entry != nullptr && entry->type == tree::EntryType::directory) {
            place = std::move(path);
        } else if (entry != nullptr && entry->type == tree::EntryType::symlink) {
            place = follow(*above, entry->link_target, links + 1);
        }
        return place;
    }

    std::optional<std::string>
    follow(std::string_view directory, std::string_view target, unsigned links) {
        std::string place(target.starts_with('/') ? std::string_view() : directory);
        for (const std::string_view part : base::split(target, '/')) {
            if (part == "..") {
                place = split_path(place).first;
            } else if (!part.empty() && part != ".") {
                const std::optional<std::string>& next =
                    links > most_links ? nowhere_ : resolve(joined(place, part), links);
                if (!next) {
                    return std::nullopt;
                }
                place = *next;
            }
        }
        return place;
    }

    const tree::Inventory& inventory_;
    const std::optional<std::string> nowhere_;
    std::map<std::string, std::optional<std::string>, std::less<>> places_;
};

} // namespace

bool is_package_list(const tree::Entry& entry) {
    return entry.type == tree::EntryType::regular && entry.size <= largest_list &&
           entry.path.ends_with(list_ending) && split_path(entry.path).first == lists_directory;
}

std::vector<PackageList>
read_package_lists(const ContentSource& content, const tree::Inventory& inventory) {
    std::vector<PackageList> lists;
    std::uint64_t bytes = 0;
    const auto [first, last] = inventory.below(lists_directory);
    for (std::size_t i = first; i < last; ++i) {
        const tree::Entry& entry = inventory.entries()[i];
        if (!is_package_list(entry) || bytes + entry.size > most_bytes) {
            continue;
        }
        const std::string_view name = split_path(entry.path).second;
        bytes += entry.size;
        PackageList& list = lists.emplace_back();
        list.name = name.substr(0, name.size() - list_ending.size());
        list.unpacked = entry.mtime;
        list.lines.resize(static_cast<std::size_t>(entry.size));
        const auto text = std::as_writable_bytes(std::span(list.lines));
        content.read(entry, 0, text);
        require_content(entry, text);
    }
    std::sort(lists.begin(), lists.end(), [](const PackageList& a, const PackageList& b) {
        return a.name < b.name;
    });
    return lists;
}

PackageOwners::PackageOwners(
    const tree::Inventory& inventory, const std::vector<PackageList>& lists)
    : inventory_(inventory)
    , lists_(lists)
    , numbers_(inventory.entries().size()) {
    PathFinder finder(inventory);
    for (std::size_t i = 0; i < lists.size(); ++i) {
        for (const std::string_view line : base::split_lines(lists[i].lines)) {
            const tree::Entry* const entry =
                line.starts_with('/') ? finder.find(line.substr(1)) : nullptr;
            if (entry != nullptr) {
                std::uint32_t& number =
                    numbers_[static_cast<std::size_t>(entry - inventory.entries().data())];
                number = number == 0 ? static_cast<std::uint32_t>(i + 1) : number;
            }
        }
    }
}

std::optional<std::size_t> PackageOwners::owner_of(std::size_t index) const {
    const tree::Entry& entry = inventory_.entries()[index];
    const std::size_t number = numbers_[index];
    if (number == 0 || entry.mtime >= lists_[number - 1].unpacked || entry.uid != 0 ||
        entry.gid != 0 || (entry.mode & special_bits) != 0 || tree::is_below(entry.path, "etc")) {
        return std::nullopt;
    }
    return number - 1;
}

} // namespace imgbuild::pack
