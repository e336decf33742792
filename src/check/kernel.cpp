// SPDX-License-Identifier: Apache-2.0
#include "check/kernel.hpp"

#include "base/text.hpp"
#include "check/resolve.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace imgbuild::check {

namespace {

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

std::string version_in(const std::string& path) {
    static const std::regex version(R"(\d+\.\d+\.\d+(-[\d.]+|))");
    std::smatch match;
    return std::regex_search(path, match, version) ? match.str() : std::string();
}

/// The numbers of a version, for comparing.
std::vector<std::uint64_t> numbers_of(const std::string& version) {
    std::vector<std::uint64_t> numbers;
    std::string digits;
    for (const char c : version + ".") {
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            digits += c;
        } else if (!digits.empty()) {
            numbers.push_back(base::parse_number(digits).value_or(0));
            digits.clear();
        }
    }
    return numbers;
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
            return version_in(directory) == version;
        });
    return same == directories.end() ? std::string() : *same;
}

bool is_kernel_name(std::string_view name) {
    return starts_with(name, "Image-") || starts_with(name, "vmlinuz-");
}

} // namespace

std::vector<Kernel> find_kernels(const tree::Inventory& inventory) {
    const std::vector<std::string> directories = modules_directories(inventory);
    std::vector<Kernel> kernels;
    const auto consider = [&](const std::string& path, const std::string& name) {
        const std::string version = version_in(path);
        const bool skipped =
            path.find("+debug") != std::string::npos || path.find("-rescue") != std::string::npos;
        const tree::Entry* const target = resolve(inventory, path);
        const bool is_file = target != nullptr && target->type == tree::EntryType::regular;
        if (!version.empty() && !skipped && is_file) {
            kernels.push_back({path, version, modules_for(name, version, directories)});
        }
    };
    const auto [first, last] = inventory.below("boot");
    for (std::size_t i = first; i < last; ++i) {
        const std::string& path = inventory.entries()[i].path;
        const std::string name = path.substr(5);
        if (name.find('/') == std::string::npos && is_kernel_name(name)) {
            consider(path, name);
        }
    }
    for (const std::string& directory : directories) {
        for (const char* const name : {"vmlinuz", "vmlinuz.gz"}) {
            if (const tree::Entry* kernel =
                    resolve(inventory, "lib/modules/" + directory + "/" + name)) {
                consider(kernel->path, name);
            }
        }
    }
    std::stable_sort(kernels.begin(), kernels.end(), [](const Kernel& a, const Kernel& b) {
        return numbers_of(a.version) > numbers_of(b.version);
    });
    return kernels;
}

std::optional<Kernel> find_kernel(const tree::Inventory& inventory) {
    const std::vector<Kernel> kernels = find_kernels(inventory);
    return kernels.empty() ? std::nullopt : std::optional(kernels.front());
}

} // namespace imgbuild::check
