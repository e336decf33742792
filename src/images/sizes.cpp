// SPDX-License-Identifier: Apache-2.0
#include "images/sizes.hpp"

#include "base/text.hpp"
#include "images/firmware.hpp"
#include "tree/exclude_patterns.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace imgbuild::images {

namespace {

/// Calls `use(entry, bytes)` for every file, further names of one with 0 bytes.
template <typename Use>
void for_each_file(const tree::Inventory& inventory, const Use& use) {
    std::uint32_t last_group = 0;
    for (const tree::Entry& entry : inventory.entries()) {
        if (entry.type != tree::EntryType::regular) {
            continue;
        }
        // Groups are numbered in the order of their first names.
        const bool is_further = entry.link_group != 0 && entry.link_group <= last_group;
        last_group = std::max(last_group, entry.link_group);
        use(entry, is_further ? 0 : entry.size);
    }
}

/// A tree while it grows.
struct Growing {
    std::uint64_t bytes = 0;
    std::map<std::string, Growing, std::less<>> children;
};

SizeNode finished(std::string name, const Growing& growing) {
    SizeNode node = {std::move(name), growing.bytes, {}};
    for (const auto& [child_name, child] : growing.children) {
        node.children.push_back(finished(child_name, child));
    }
    std::stable_sort(
        node.children.begin(), node.children.end(), [](const SizeNode& a, const SizeNode& b) {
            return a.bytes > b.bytes;
        });
    return node;
}

void collect_directories(
    const SizeNode& node, const std::string& path, std::vector<NamedSize>& directories) {
    for (const SizeNode& child : node.children) {
        if (child.children.empty()) {
            continue;
        }
        const std::string child_path = path + "/" + child.name;
        // One that is hardly more than one of its own directories says nothing new.
        const SizeNode& largest = child.children.front();
        constexpr std::uint64_t percent = 90;
        const bool says_something =
            largest.children.empty() || largest.bytes * 100 < child.bytes * percent;
        if (says_something) {
            directories.push_back({child_path, child.bytes});
        }
        collect_directories(child, child_path, directories);
    }
}

std::vector<NamedSize> sorted(std::vector<NamedSize> sizes) {
    std::stable_sort(sizes.begin(), sizes.end(), [](const NamedSize& a, const NamedSize& b) {
        return a.bytes > b.bytes;
    });
    return sizes;
}

/// The path as the inventory has it: "bin/x" of a package is "usr/bin/x" where /usr is merged.
std::string behind_links(const tree::Inventory& inventory, std::string_view path) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const tree::Entry* const top = inventory.find(path.substr(0, slash));
    if (top == nullptr || top->type != tree::EntryType::symlink) {
        return std::string(path);
    }
    std::string_view target = top->link_target;
    target.remove_prefix(std::min(target.find_first_not_of('/'), target.size()));
    return std::string(target) + std::string(path.substr(slash));
}

struct Candidate {
    const char* what;
    std::vector<std::string> patterns;
    const char* note;
};

const std::vector<Candidate>& candidates() {
    static const std::vector<Candidate> all = {
        {"documentation",
         {"usr/share/doc",
          "usr/share/man",
          "usr/share/info",
          "usr/share/gtk-doc",
          "usr/share/help"},
         "manual pages are missing on nodes then"},
        {"translations", {"usr/share/locale", "usr/share/i18n"}, "programs speak English then"},
        {"package caches",
         {"var/cache/apt",
          "var/cache/dnf",
          "var/cache/yum",
          "var/cache/zypp",
          "var/lib/apt/lists",
          "var/cache/debconf",
          "var/cache/man"},
         "made anew when they are needed"},
        {"initrds of kernels",
         {"boot/initrd.img-*", "boot/initramfs-*", "boot/initrd-*"},
         "needed for two-stage boot only, and read from the image's root by the server"},
        {"kernels and boot files",
         {"boot"},
         "the server takes the kernel from the image's root, nodes don't read it"},
        {"location data", {"usr/share/GeoIP"}, "rarely needed on nodes"},
        {"logs", {"var/log/*.log", "var/log/apt", "var/log/dnf*", "var/log/journal"}, ""},
    };
    return all;
}

std::uint64_t bytes_of(const tree::Inventory& inventory, const tree::ExcludePatterns& patterns) {
    std::uint64_t bytes = 0;
    for_each_file(inventory, [&](const tree::Entry& entry, std::uint64_t size) {
        bytes += size != 0 && patterns.excludes(entry.path) ? size : 0;
    });
    return bytes;
}

/// Warewulf's patterns don't cross directories: one for each that has static libraries.
Saving static_libraries(const tree::Inventory& inventory) {
    Saving saving;
    saving.what = "static libraries";
    saving.note = "needed to link programs only";
    std::set<std::string> directories;
    for_each_file(inventory, [&](const tree::Entry& entry, std::uint64_t size) {
        const std::size_t slash = entry.path.rfind('/');
        if (entry.path.ends_with(".a") && slash != std::string::npos) {
            saving.bytes += size;
            directories.insert(entry.path.substr(0, slash));
        }
    });
    for (const std::string& directory : directories) {
        saving.excludes.push_back(directory + "/*.a");
    }
    return saving;
}

Saving counted(const Candidate& candidate, const tree::Inventory& inventory) {
    Saving saving = {candidate.what, 0, {}, candidate.note};
    for (const std::string& pattern : candidate.patterns) {
        const std::uint64_t bytes =
            bytes_of(inventory, tree::ExcludePatterns({pattern}, "pattern"));
        if (bytes != 0) {
            saving.bytes += bytes;
            saving.excludes.push_back(pattern);
        }
    }
    return saving;
}

/// The path as a pattern that matches it only.
std::string as_pattern(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
        if (std::string_view("*?[\\").find(c) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += c;
    }
    return pattern;
}

Saving firmware_saving(
    const root::Root& root, const tree::Inventory& inventory, const base::Context& context) {
    const FirmwareUse use = find_unneeded_firmware(root, inventory, context);
    if (!use.is_known) {
        return counted(
            {"firmware",
             {"usr/lib/firmware", "lib/firmware"},
             "without the kernel's modules it can't be told what of it is needed: keep what your "
             "nodes have"},
            inventory);
    }
    Saving saving;
    saving.what = "firmware that no kernel module in the image names";
    saving.note =
        "for hardware that they don't drive; a few drivers ask for files that they don't name";
    for (const UnneededFirmware& one : use.unneeded) {
        saving.bytes += one.bytes;
        saving.excludes.push_back(as_pattern(one.path));
    }
    return saving;
}

} // namespace

SizeNode size_tree(const tree::Inventory& inventory) {
    Growing top;
    for_each_file(inventory, [&](const tree::Entry& entry, std::uint64_t bytes) {
        if (bytes == 0) {
            return;
        }
        Growing* node = &top;
        node->bytes += bytes;
        for (const std::string_view component : base::split(entry.path, '/')) {
            node = &node->children[std::string(component)];
            node->bytes += bytes;
        }
    });
    return finished("/", top);
}

std::vector<NamedSize> largest_directories(const SizeNode& tree, std::size_t count) {
    std::vector<NamedSize> directories;
    collect_directories(tree, "", directories);
    directories = sorted(std::move(directories));
    directories.resize(std::min(directories.size(), count));
    return directories;
}

std::vector<NamedSize> package_sizes(const root::Root& root, const tree::Inventory& inventory) {
    constexpr std::string_view place = "var/lib/dpkg/info";
    if (!root.target_status(place)) {
        return {};
    }
    std::map<std::string, std::string> owners;
    for (const std::string& name : root.list(place)) {
        if (!name.ends_with(".list")) {
            continue;
        }
        const std::string package = name.substr(0, name.find_first_of(":", 0));
        const std::string owner =
            package.ends_with(".list") ? package.substr(0, package.size() - 5) : package;
        const std::string text = root.try_read(std::string(place) + "/" + name).value_or("");
        for (const std::string_view line : base::split_lines(text)) {
            if (line.size() > 1) {
                owners.emplace(behind_links(inventory, line.substr(1)), owner);
            }
        }
    }
    std::map<std::string, std::uint64_t> bytes_by_name;
    for_each_file(inventory, [&](const tree::Entry& entry, std::uint64_t bytes) {
        const auto owner = owners.find(entry.path);
        bytes_by_name[owner == owners.end() ? "(no package)" : owner->second] += bytes;
    });
    std::vector<NamedSize> sizes;
    for (const auto& [name, bytes] : bytes_by_name) {
        sizes.push_back({name, bytes});
    }
    return sorted(std::move(sizes));
}

std::vector<Saving> possible_savings(
    const root::Root& root, const tree::Inventory& inventory, const base::Context& context) {
    std::vector<Saving> savings;
    for (const Candidate& candidate : candidates()) {
        savings.push_back(counted(candidate, inventory));
    }
    savings.push_back(static_libraries(inventory));
    savings.push_back(firmware_saving(root, inventory, context));
    std::erase_if(savings, [](const Saving& saving) { return saving.bytes == 0; });
    std::stable_sort(savings.begin(), savings.end(), [](const Saving& a, const Saving& b) {
        return a.bytes > b.bytes;
    });
    return savings;
}

} // namespace imgbuild::images
