// SPDX-License-Identifier: Apache-2.0
#include "pack/selection.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "pack/format_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::pack {

namespace {

void warn_of_xattrs(const tree::Entry& entry, std::vector<std::string>& warnings) {
    for (const auto& [name, value] : entry.xattrs) {
        if (name == "security.capability") {
            warnings.push_back(fmt::format(
                "{}: its file capabilities are lost, a cpio archive holds none",
                base::printable(entry.path)));
        } else {
            warnings.push_back(fmt::format(
                "{}: its extended attribute {} is lost, a cpio archive holds none",
                base::printable(entry.path),
                base::printable(name)));
        }
    }
}

[[noreturn]] void refuse(const std::vector<std::string>& refused) {
    std::string message = refused.front();
    if (refused.size() > 1) {
        message += fmt::format(" (and {} more)", refused.size() - 1);
    }
    base::Error error(fmt::format("can't pack the image: {}", message), base::ExitCode::pack);
    error.set_details(refused);
    error.set_hint("remove what is listed in config.sh, or exclude it in /etc/warewulf/excludes");
    throw error;
}

} // namespace

Selection select_entries(
    const tree::Inventory& root,
    const tree::ExcludePatterns& excludes,
    const std::set<std::string, std::less<>>& restored_xattrs) {
    Selection selection;
    std::vector<tree::Entry> selected;
    std::vector<std::string> refused;
    const tree::Inventory included = excludes.apply_to(root);
    selected.reserve(included.entries().size());
    for (const tree::Entry& entry : included.entries()) {
        if (entry.path.empty()) {
            continue;
        }
        if (entry.type == tree::EntryType::socket) {
            selection.warnings.push_back(
                fmt::format("{}: a socket, left out", base::printable(entry.path)));
            continue;
        }
        if (std::string reason = reason_against(entry); !reason.empty()) {
            refused.push_back(fmt::format("{} {}", base::printable(entry.path), reason));
            continue;
        }
        if (restored_xattrs.find(entry.path) == restored_xattrs.end()) {
            warn_of_xattrs(entry, selection.warnings);
        }
        selected.push_back(entry);
    }
    if (!refused.empty()) {
        refuse(refused);
    }
    selection.inventory = tree::Inventory(std::move(selected));
    return selection;
}

std::uint64_t memory_size(const tree::Inventory& inventory) {
    constexpr std::uint64_t page = 4096;
    std::uint64_t size = 0;
    std::uint32_t last_group = 0;
    for (const tree::Entry& entry : inventory.entries()) {
        // Groups are numbered in the order of their first names.
        const bool is_first_name = entry.link_group == 0 || entry.link_group > last_group;
        last_group = std::max(last_group, entry.link_group);
        if (entry.type == tree::EntryType::regular && is_first_name) {
            size += (entry.size + page - 1) / page * page;
        }
    }
    return size;
}

} // namespace imgbuild::pack
