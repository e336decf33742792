// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "tree/inventory.hpp"
#include "tree/link_groups.hpp"

#include <fmt/format.h>

namespace imgbuild::tree {

namespace {

std::string_view type_name(EntryType type) {
    switch (type) {
    case EntryType::directory:
        return "directory";
    case EntryType::regular:
        return "regular file";
    case EntryType::symlink:
        return "symbolic link";
    case EntryType::char_device:
        return "character device";
    case EntryType::block_device:
        return "block device";
    case EntryType::fifo:
        return "fifo";
    case EntryType::socket:
        return "socket";
    case EntryType::whiteout:
        return "whiteout";
    }
    return "unknown type";
}

std::string time_text(const Time& time) {
    return fmt::format("{}.{:09}", time.seconds, time.nanoseconds);
}

void compare_xattrs(const Entry& wanted, const Entry& found, std::vector<std::string>& parts) {
    auto w = wanted.xattrs.begin();
    auto f = found.xattrs.begin();
    while (w != wanted.xattrs.end() || f != found.xattrs.end()) {
        if (f == found.xattrs.end() || (w != wanted.xattrs.end() && w->first < f->first)) {
            parts.push_back(fmt::format("attribute {} missing", base::printable(w->first)));
            ++w;
        } else if (w == wanted.xattrs.end() || f->first < w->first) {
            parts.push_back(fmt::format("attribute {} not expected", base::printable(f->first)));
            ++f;
        } else {
            if (w->second != f->second) {
                parts.push_back(fmt::format("attribute {} differs", base::printable(f->first)));
            }
            ++w;
            ++f;
        }
    }
}

std::vector<std::string> compare_entries(const Entry& wanted, const Entry& found) {
    std::vector<std::string> parts;
    if (found.type != wanted.type) {
        parts.push_back(
            fmt::format("{} instead of {}", type_name(found.type), type_name(wanted.type)));
        return parts;
    }
    if (found.mode != wanted.mode) {
        parts.push_back(fmt::format("mode {:04o} instead of {:04o}", found.mode, wanted.mode));
    }
    if (found.uid != wanted.uid || found.gid != wanted.gid) {
        parts.push_back(fmt::format(
            "owner {}:{} instead of {}:{}", found.uid, found.gid, wanted.uid, wanted.gid));
    }
    if (found.size != wanted.size) {
        parts.push_back(fmt::format("size {} instead of {}", found.size, wanted.size));
    } else if (found.digest != wanted.digest) {
        const auto text = [](const Entry& entry) {
            return entry.digest ? entry.digest->hex().substr(0, 12) : std::string("unknown");
        };
        parts.push_back(fmt::format("content {} instead of {}", text(found), text(wanted)));
    }
    if (found.mtime != wanted.mtime) {
        parts.push_back(
            fmt::format("time {} instead of {}", time_text(found.mtime), time_text(wanted.mtime)));
    }
    if (found.link_target != wanted.link_target) {
        parts.push_back(fmt::format(
            "link to {} instead of {}",
            base::printable(found.link_target),
            base::printable(wanted.link_target)));
    }
    if (found.major != wanted.major || found.minor != wanted.minor) {
        parts.push_back(fmt::format(
            "device {}:{} instead of {}:{}", found.major, found.minor, wanted.major, wanted.minor));
    }
    compare_xattrs(wanted, found, parts);
    return parts;
}

std::string name_of(const Entry& entry) {
    return entry.path.empty() ? "." : base::printable(entry.path);
}

std::vector<std::string>
linked_names(const Inventory& inventory, const LinkGroups& links, std::size_t index) {
    std::vector<std::string> names;
    for (const std::size_t i : links.names_of(index)) {
        names.push_back(name_of(inventory.entries()[i]));
    }
    return names;
}

} // namespace

std::vector<std::string>
describe_differences(const Inventory& wanted, const Inventory& found, std::size_t limit) {
    const LinkGroups wanted_links(wanted);
    const LinkGroups found_links(found);
    const std::vector<Entry>& w = wanted.entries();
    const std::vector<Entry>& f = found.entries();
    std::vector<std::string> lines;
    std::size_t more = 0;
    const auto report = [&](const Entry& entry, const std::string& what) {
        if (lines.size() < limit) {
            lines.push_back(fmt::format("{}: {}", name_of(entry), what));
        } else {
            ++more;
        }
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < w.size() || j < f.size()) {
        if (j == f.size() || (i < w.size() && path_less(w[i].path, f[j].path))) {
            report(w[i++], "missing");
        } else if (i == w.size() || path_less(f[j].path, w[i].path)) {
            report(f[j++], "not expected");
        } else {
            std::vector<std::string> parts = compare_entries(w[i], f[j]);
            const auto wanted_names = linked_names(wanted, wanted_links, i);
            const auto found_names = linked_names(found, found_links, j);
            if (wanted_names != found_names) {
                parts.push_back(fmt::format(
                    "names of the file {} instead of {}",
                    base::join(found_names, " = "),
                    base::join(wanted_names, " = ")));
            }
            if (!parts.empty()) {
                report(f[j], base::join(parts, ", "));
            }
            ++i;
            ++j;
        }
    }
    if (more > 0 && !lines.empty()) {
        lines.back() = fmt::format("and {} more", more + 1);
    }
    return lines;
}

} // namespace imgbuild::tree
