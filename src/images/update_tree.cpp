// SPDX-License-Identifier: Apache-2.0
#include "images/update_tree.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "images/change_merge.hpp"
#include "images/digest_cache.hpp"
#include "root/layer_copy.hpp"
#include "root/layer_cursor.hpp"
#include "root/namespaces.hpp"
#include "tree/scan.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

namespace imgbuild::images {

namespace {

/// Why an entry of a source can't be in an image; empty if it can.
std::string reason_against(const tree::Entry& entry) {
    if (entry.type == tree::EntryType::socket) {
        return fmt::format("/{} is a socket: left out", base::printable(entry.path));
    }
    if (tree::is_device(entry) && root::id_mapping_name() != "host") {
        return fmt::format(
            "the device /{} is left out: only root may make devices", base::printable(entry.path));
    }
    return {};
}

/// The change with the directories that it happens in: work in them changes their times.
tree::Inventory with_directories(const tree::Inventory& change, const tree::Inventory& after) {
    std::vector<tree::Entry> entries = change.entries();
    std::set<std::string_view> added;
    for (const tree::Entry& entry : change.entries()) {
        const std::string_view parent = root::parent_path(entry.path);
        const tree::Entry* const directory = after.find(parent);
        if (directory != nullptr && change.find(parent) == nullptr && added.insert(parent).second) {
            entries.push_back(*directory);
        }
    }
    return tree::Inventory(std::move(entries));
}

/// The regular files of a change, and the directories they are in.
tree::Inventory files_of(const tree::Inventory& change) {
    std::vector<tree::Entry> entries;
    std::set<std::string_view> directories;
    for (const tree::Entry& entry : change.entries()) {
        if (entry.type != tree::EntryType::regular) {
            continue;
        }
        std::string_view parent = root::parent_path(entry.path);
        while (!parent.empty() && directories.insert(parent).second) {
            parent = root::parent_path(parent);
        }
        entries.push_back(entry);
    }
    for (const std::string_view path : directories) {
        tree::Entry directory;
        directory.path = path;
        directory.type = tree::EntryType::directory;
        directory.mode = 0700;
        entries.push_back(std::move(directory));
    }
    return tree::Inventory(std::move(entries));
}

} // namespace

tree::Inventory inventory_of_source(
    const root::Root& source,
    const SourceTree& tree,
    const std::string& own_directory,
    const base::Context& context) {
    DigestCache cache(base::join_path(own_directory, "source-digests"));
    const tree::Inventory whole =
        tree::scan(source.fd(), source.name(), {.known_digests = &cache}, context);
    cache.save();
    std::vector<tree::Entry> entries;
    std::string left_out;
    for (const tree::Entry& entry : whole.entries()) {
        if (!left_out.empty() && tree::is_below(entry.path, left_out)) {
            continue;
        }
        if (!entry.path.empty() && tree.leave_out(entry.path)) {
            left_out = entry.path;
            continue;
        }
        if (const std::string reason = reason_against(entry); !reason.empty()) {
            context.reporter.message(base::LogLevel::warning, reason);
            continue;
        }
        entries.push_back(entry);
        if (entry.path.empty() && entry.mode == 0700) {
            entries.back().mode = 0755; // as any import has it
        }
    }
    return tree::Inventory(std::move(entries));
}

void keep_change(
    const root::Root& source,
    const tree::Inventory& change,
    const tree::Inventory& after,
    const std::string& own_directory,
    const base::Context& context) {
    const tree::Inventory files = files_of(change);
    base::make_directories(own_directory);
    // As a copy here, and in the image.
    require_space_for(2 * files.content_size(), own_directory);
    keep_for_carrying_over(
        own_directory, with_directories(change, after), [&](const std::string& content) {
            const root::Root target = root::Root::open(content);
            root::DirectoryCursor from(source.fd(), source.name());
            root::DirectoryCursor to(target.fd(), target.name());
            root::copy_entries(
                files.entries(), root::content_from(from), to, root::Whiteouts::made, context);
        });
}

} // namespace imgbuild::images
