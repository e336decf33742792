// SPDX-License-Identifier: Apache-2.0
#include "images/difference.hpp"

#include "base/text.hpp"
#include "images/account_lines.hpp"
#include "package/dpkg_status.hpp"

#include <fmt/format.h>

#include <map>

namespace imgbuild::images {

namespace {

using Values = std::map<std::string, std::string>;

std::vector<std::string>
changes_of(const tree::Entry& before, const tree::Entry& after, bool with_times) {
    std::vector<std::string> what;
    if (before.type != after.type) {
        return {"another kind of file"};
    }
    if (before.digest != after.digest || before.size != after.size) {
        what.push_back(fmt::format(
            "content, {} instead of {}",
            base::format_bytes(after.size),
            base::format_bytes(before.size)));
    }
    if (before.link_target != after.link_target) {
        what.push_back(
            fmt::format("points to {} instead of {}", after.link_target, before.link_target));
    }
    if (before.mode != after.mode) {
        what.push_back(fmt::format("mode {:04o} instead of {:04o}", after.mode, before.mode));
    }
    if (before.uid != after.uid || before.gid != after.gid) {
        what.push_back(fmt::format(
            "owner {}:{} instead of {}:{}", after.uid, after.gid, before.uid, before.gid));
    }
    if (before.major != after.major || before.minor != after.minor) {
        what.emplace_back("another device");
    }
    if (before.xattrs != after.xattrs) {
        what.emplace_back("extended attributes");
    }
    if ((before.link_group == 0) != (after.link_group == 0)) {
        what.emplace_back("hard links");
    }
    if (with_times && before.mtime != after.mtime) {
        what.emplace_back("time");
    }
    return what;
}

/// Both are in the order of paths.
std::vector<FileDifference>
compare_files(const tree::Inventory& before, const tree::Inventory& after, bool with_times) {
    using Kind = FileDifference::Kind;
    std::vector<FileDifference> differences;
    const auto& old_entries = before.entries();
    const auto& new_entries = after.entries();
    auto old_entry = old_entries.begin();
    auto new_entry = new_entries.begin();
    while (old_entry != old_entries.end() || new_entry != new_entries.end()) {
        if (new_entry == new_entries.end() ||
            (old_entry != old_entries.end() && tree::path_less(old_entry->path, new_entry->path))) {
            differences.push_back({Kind::removed, old_entry->path, {}});
            ++old_entry;
        } else if (
            old_entry == old_entries.end() || tree::path_less(new_entry->path, old_entry->path)) {
            differences.push_back({Kind::added, new_entry->path, {}});
            ++new_entry;
        } else {
            std::vector<std::string> what = changes_of(*old_entry, *new_entry, with_times);
            if (!what.empty()) {
                differences.push_back({Kind::changed, new_entry->path, std::move(what)});
            }
            ++old_entry;
            ++new_entry;
        }
    }
    return differences;
}

std::vector<ValueDifference> compare_values(const Values& before, const Values& after) {
    std::vector<ValueDifference> differences;
    Values names = before;
    names.insert(after.begin(), after.end());
    const auto value = [](const Values& values, const std::string& name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string() : found->second;
    };
    for (const auto& [name, any] : names) {
        const std::string old_value = value(before, name);
        const std::string new_value = value(after, name);
        if (old_value != new_value) {
            differences.push_back({name, old_value, new_value});
        }
    }
    return differences;
}

Values packages_of(const root::Root& root) {
    Values packages;
    const std::string status = root.try_read("var/lib/dpkg/status").value_or("");
    for (const package::InstalledPackage& one : package::parse_dpkg_status(status)) {
        std::string version = one.epoch.empty() ? one.version : one.epoch + ":" + one.version;
        if (!one.release.empty()) {
            version += "-" + one.release;
        }
        packages[one.name + ":" + one.architecture] = std::move(version);
    }
    return packages;
}

Values ids_of(const root::Root& root, const char* path, AccountLines::Kind kind) {
    Values ids;
    const AccountLines lines(root.try_read(path).value_or(""), kind);
    for (const AccountLines::Account& account : lines.accounts()) {
        ids.emplace(account.name, std::to_string(account.id));
    }
    return ids;
}

} // namespace

ImageDifference compare_images(const LookedAt& before, const LookedAt& after, bool with_times) {
    const auto ids = [&](const char* path, AccountLines::Kind kind) {
        return compare_values(ids_of(before.root, path, kind), ids_of(after.root, path, kind));
    };
    return {
        compare_files(before.inventory, after.inventory, with_times),
        compare_values(packages_of(before.root), packages_of(after.root)),
        ids("etc/passwd", AccountLines::passwd),
        ids("etc/group", AccountLines::group)};
}

} // namespace imgbuild::images
