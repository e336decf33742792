// SPDX-License-Identifier: Apache-2.0
#include "check/kernel.hpp"

#include "base/text.hpp"
#include "check/resolve.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <regex>
#include <set>
#include <string_view>

namespace imgbuild::check {

namespace {

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// What follows the dash makes a version lower than the same without.
struct Version {
    std::vector<std::uint64_t> numbers;
    bool has_no_revision = true;
    std::vector<std::uint64_t> revision;

    auto operator<=>(const Version&) const = default;
};

std::optional<std::vector<std::uint64_t>> numbers_in(std::string_view text) {
    std::vector<std::uint64_t> numbers;
    for (const std::string_view part : base::split(text, '.')) {
        const auto number = base::parse_number(part);
        if (!number) {
            return std::nullopt;
        }
        numbers.push_back(*number);
    }
    return numbers;
}

std::optional<Version> parse_version(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto numbers = numbers_in(text.substr(0, dash));
    const auto revision = dash == std::string_view::npos ? std::vector<std::uint64_t>()
                                                         : numbers_in(text.substr(dash + 1));
    return numbers && revision ? std::optional(Version{*numbers, revision->empty(), *revision})
                               : std::nullopt;
}

/// The last one in the path; empty if there is none.
std::string version_in(const std::string& path) {
    static const std::regex pattern(R"(\d+\.\d+\.\d+(-[\d.]+|))");
    std::string version;
    for (std::sregex_iterator match(path.begin(), path.end(), pattern), end; match != end;
         ++match) {
        std::string text = match->str();
        // Of "5.14.0-427.el9" the dot before "el9" is in the match.
        if (text.back() == '.') {
            text.pop_back();
        }
        if (parse_version(text)) {
            version = std::move(text);
        }
    }
    return version;
}

/// Names of the directories directly in /lib/modules, wherever that is.
std::vector<std::string> modules_directories(const tree::Inventory& inventory) {
    std::vector<std::string> names;
    const tree::Entry* modules = resolve(inventory, "lib/modules");
    if (modules == nullptr) {
        return names;
    }
    const auto [first, last] = inventory.below(modules->path);
    for (std::size_t i = first; i < last; ++i) {
        const tree::Entry& entry = inventory.entries()[i];
        const std::string name = entry.path.substr(modules->path.size() + 1);
        if (entry.type == tree::EntryType::directory && name.find('/') == std::string::npos) {
            names.push_back(name);
        }
    }
    return names;
}

std::string modules_for(
    const std::string& file_name,
    const std::string& version,
    const std::vector<std::string>& directories) {
    // "vmlinuz-6.1.0-32-amd64" names its directory; other names give only their version away.
    const std::size_t dash = file_name.find('-');
    const std::string suffix =
        dash == std::string::npos ? std::string() : file_name.substr(dash + 1);
    if (std::find(directories.begin(), directories.end(), suffix) != directories.end()) {
        return suffix;
    }
    const auto same =
        std::find_if(directories.begin(), directories.end(), [&](const std::string& directory) {
            return !version.empty() && version_in(directory) == version;
        });
    return same == directories.end() ? std::string() : *same;
}

/// The better one first; those that are equally good stay in the order in which Warewulf looks for them.
bool is_better(const Kernel& a, const Kernel& b) {
    if (a.is_special != b.is_special) {
        return b.is_special;
    }
    const auto version_a = parse_version(a.version);
    const auto version_b = parse_version(b.version);
    if (!version_a || !version_b) {
        return version_a.has_value() && !version_b;
    }
    return *version_a > *version_b;
}

} // namespace

std::vector<Kernel> find_kernels(const tree::Inventory& inventory) {
    const std::vector<std::string> directories = modules_directories(inventory);
    std::vector<Kernel> kernels;
    const auto consider = [&](const std::string& path) {
        const tree::Entry* const target = resolve(inventory, path);
        if (target == nullptr || target->type != tree::EntryType::regular) {
            return;
        }
        const std::string version = version_in(path);
        const bool is_special =
            path.find("+debug") != std::string::npos || path.find("-rescue") != std::string::npos;
        kernels.push_back(
            {path,
             version,
             modules_for(path.substr(path.rfind('/') + 1), version, directories),
             is_special});
    };
    const auto [first, last] = inventory.below("boot");
    std::vector<std::string> names;
    for (std::size_t i = first; i < last; ++i) {
        const std::string name = inventory.entries()[i].path.substr(5);
        if (name.find('/') == std::string::npos) {
            names.push_back(name);
        }
    }
    std::set<std::string> known;
    for (const char* const start : {"Image-", "vmlinuz-linux", "vmlinuz-"}) {
        for (const std::string& name : names) {
            if (starts_with(name, start) && known.insert(name).second) {
                consider("boot/" + name);
            }
        }
    }
    for (const char* const name : {"vmlinuz", "vmlinuz.gz"}) {
        for (const std::string& directory : directories) {
            consider("lib/modules/" + directory + "/" + name);
        }
    }
    std::stable_sort(kernels.begin(), kernels.end(), is_better);
    return kernels;
}

std::optional<Kernel> find_kernel(const tree::Inventory& inventory) {
    const std::vector<Kernel> kernels = find_kernels(inventory);
    return kernels.empty() || kernels.front().is_special ? std::nullopt
                                                         : std::optional(kernels.front());
}

} // namespace imgbuild::check
