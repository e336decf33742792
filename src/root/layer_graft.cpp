// SPDX-License-Identifier: Apache-2.0
#include "root/layer_graft.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "root/layer_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;
using tree::Inventory;

/// An entry of a graft with the path that it has in the layer.
Entry in_layer(const Entry& entry, const std::string& prefix) {
    Entry original = entry;
    original.path.erase(0, prefix.size());
    return original;
}

std::string path_of(int fd) {
    std::array<char, PATH_MAX> buffer;
    const std::string link = fmt::format("/proc/self/fd/{}", fd);
    const ssize_t length = ::readlink(link.c_str(), buffer.data(), buffer.size());
    if (length < 0) {
        base::throw_errno("reading " + link);
    }
    return {buffer.data(), static_cast<std::size_t>(length)};
}

/// Where an open directory of a root lies, without leading slash.
std::string path_in(const Root& root, int directory) {
    std::string path = path_of(directory);
    path.erase(0, std::min(path.size(), path_of(root.fd()).size() + 1));
    return path;
}

} // namespace

void LayerGrafts::add(
    const Root& root,
    std::string_view directory,
    const store::Key& layer,
    const base::Context& context) {
    const base::UniqueFd fd = root.open_file(directory, O_RDONLY | O_DIRECTORY);
    std::string prefix = path_in(root, fd.get());
    // As if something had been made in it.
    const timespec now[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
    if (::futimens(fd.get(), now) != 0) {
        base::throw_errno("setting the time of /" + prefix);
    }
    if (!prefix.empty()) {
        prefix += '/';
    }
    std::optional<store::LayerInfo> found = store_.find_layer(layer, context);
    if (!found) {
        throw base::Error(
            fmt::format("the store {} has no usable layer {}", store_.path(), layer.hex()));
    }
    grafts_.push_back(
        {std::move(prefix), std::move(found->change), std::move(found->content_path), {}});
}

Inventory LayerGrafts::added_to(const Inventory& found) {
    if (grafts_.empty()) {
        return found;
    }
    std::vector<Entry> entries = found.entries();
    std::set<std::string, std::less<>> added;
    std::uint32_t groups = 0;
    for (const Entry& entry : entries) {
        groups = std::max(groups, entry.link_group);
    }
    for (Graft& graft : grafts_) {
        std::uint32_t own_groups = 0;
        for (Entry entry : graft.change.entries()) {
            if (entry.path.empty()) {
                continue;
            }
            entry.path.insert(0, graft.prefix);
            if (found.find(entry.path) != nullptr || !added.insert(entry.path).second) {
                continue;
            }
            if (entry.link_group != 0) {
                own_groups = std::max(own_groups, entry.link_group);
                entry.link_group += groups;
            }
            graft.added.push_back(entry);
            entries.push_back(std::move(entry));
        }
        groups += own_groups;
    }
    return Inventory(std::move(entries));
}

std::vector<Entry> LayerGrafts::directories(const Inventory& after) const {
    std::set<std::string_view> paths;
    for (const Graft& graft : grafts_) {
        for (const Entry& entry : graft.added) {
            std::string_view path = parent_path(entry.path);
            while (!path.empty() && paths.insert(path).second) {
                path = parent_path(path);
            }
        }
    }
    std::vector<Entry> entries;
    for (const std::string_view path : paths) {
        if (const Entry* const directory = after.find(path)) {
            entries.push_back(*directory);
        }
    }
    return entries;
}

void LayerGrafts::make(
    const Inventory& after,
    DirectoryCursor& target,
    Files files,
    const base::Context& context) const {
    const std::vector<Entry> above = directories(after);
    copy_entries(above, {}, target, Whiteouts::made, context);
    for (const Graft& graft : grafts_) {
        const base::UniqueFd directory =
            base::open_at(AT_FDCWD, graft.content_path, O_RDONLY | O_DIRECTORY);
        DirectoryCursor source(directory.get(), graft.content_path);
        const OpenContent open_original = content_from(source);
        const OpenContent open = [&](const Entry& entry) {
            return open_original(in_layer(entry, graft.prefix));
        };
        const LinkContent link = [&](const Entry& entry, int to, const std::string& name) {
            const Entry original = in_layer(entry, graft.prefix);
            return ::linkat(
                       source.parent_of(original.path),
                       name_of(original.path).c_str(),
                       to,
                       name.c_str(),
                       0) == 0;
        };
        std::vector<Entry> entries;
        std::copy_if(
            graft.added.begin(),
            graft.added.end(),
            std::back_inserter(entries),
            [](const Entry& it) { return !is_device(it); });
        copy_entries(
            entries,
            open,
            target,
            Whiteouts::made,
            context,
            files == Files::shared ? link : LinkContent());
    }
    // What was made in them gave them new times.
    for (const Entry& entry : above) {
        set_mtime(entry, target);
    }
}

} // namespace imgbuild::root
