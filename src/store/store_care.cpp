// SPDX-License-Identifier: Apache-2.0
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/time.hpp"
#include "store/layer_check.hpp"
#include "store/layer_stamp.hpp"
#include "store/layout.hpp"
#include "store/sealed_file.hpp"
#include "store/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace imgbuild::store {

namespace {

/// An entry with where it stands and the exact time of its last use.
struct Item {
    StoreEntry entry;
    std::string path;
    timespec last_used = {};
};

/// The file whose modification time is the entry's last use.
std::string used_file(const Item& item) {
    return item.entry.kind == "layer" ? base::join_path(item.path, "stamp") : item.path;
}

/// Nothing if the entry has vanished.
std::optional<timespec> last_use_of(const Item& item) {
    struct stat status = {};
    if (::stat(used_file(item).c_str(), &status) != 0) {
        return std::nullopt;
    }
    return status.st_mtim;
}

void add_item(
    std::vector<Item>& items,
    std::string_view kind,
    const std::string& directory,
    const std::string& name,
    std::string description = {}) {
    Item item;
    item.path = base::join_path(directory, name);
    item.entry.kind = kind;
    item.entry.key = name;
    item.entry.description = std::move(description);
    struct stat status = {};
    if (::stat(used_file(item).c_str(), &status) != 0) {
        return;
    }
    item.last_used = status.st_mtim;
    item.entry.last_used = status.st_mtim.tv_sec;
    if (kind == "layer") {
        const LayerStamp stamp = read_layer_stamp(used_file(item));
        item.entry.bytes = stamp.bytes;
        item.entry.description = stamp.description;
    } else {
        item.entry.bytes = static_cast<std::uint64_t>(status.st_size);
    }
    items.push_back(std::move(item));
}

std::vector<Item> items_of(const std::string& store, const std::string& id_mapping) {
    std::vector<Item> items;
    for (const std::string& part : names_in(blob_place(store))) {
        const std::string directory = base::join_path(blob_place(store), part);
        for (const std::string& name : names_in(directory)) {
            add_item(items, "blob", directory, name);
        }
    }
    for (const std::string& name : names_in(layer_place(store, id_mapping))) {
        add_item(items, "layer", layer_place(store, id_mapping), name);
    }
    for (const std::string& name : names_in(chunk_place(store))) {
        add_item(items, "chunk", chunk_place(store), name);
    }
    for (const std::string& name : names_in(expanded_place(store))) {
        add_item(items, "expanded", expanded_place(store), name);
    }
    for (const std::string& kind : names_in(record_place(store))) {
        const std::string directory = base::join_path(record_place(store), kind);
        for (const std::string& name : names_in(directory)) {
            add_item(items, "record", directory, name, kind);
        }
    }
    return items;
}

std::string
damage_found_by_reading(const std::string& store, const Item& item, const base::Context& context) {
    if (item.entry.kind == "expanded") {
        const base::UniqueFd fd = base::open_at(AT_FDCWD, item.path, O_RDONLY);
        return is_sealed_at_end(fd.get(), item.path, context.stop) ? ""
                                                                   : "its digest does not match";
    }
    if (item.entry.kind == "blob") {
        const base::UniqueFd fd = base::open_at(AT_FDCWD, item.path, O_RDONLY);
        const std::string found = crypto::sha256_of_file(fd.get(), item.path).hex();
        return found == item.entry.key ? "" : fmt::format("its digest is {}", found);
    }
    if (item.entry.kind != "layer") {
        return read_sealed(store, item.path) ? "" : "its digest does not match";
    }
    const std::string inventory = base::join_path(item.path, "inventory");
    const std::optional<std::string> text = read_sealed(store, inventory);
    if (!text) {
        return "its inventory is damaged";
    }
    const std::vector<std::string> differences = differences_of_layer(
        base::join_path(item.path, "content"), tree::parse_inventory(*text, inventory), context);
    return differences.empty() ? "" : differences.front();
}

/// What is wrong with an entry; empty if nothing is, or if it has vanished meanwhile.
std::string damage_of(const std::string& store, const Item& item, const base::Context& context) {
    try {
        return damage_found_by_reading(store, item, context);
    } catch (const base::Error& error) {
        return base::exists(item.path) ? error.what() : "";
    }
}

/// Takes an entry out of the store and removes it; one that is used in this moment is put back.
bool remove_item(const std::string& trash, const Item& item) {
    const std::string place = base::join_path(trash, item.entry.kind + item.entry.key);
    if (::rename(item.path.c_str(), place.c_str()) != 0) {
        return false;
    }
    Item moved = item;
    moved.path = place;
    const std::optional<timespec> last_use = last_use_of(moved);
    if (last_use && is_before(item.last_used, *last_use)) {
        (void)::rename(place.c_str(), item.path.c_str());
        return false;
    }
    try_to_remove(place);
    return true;
}

} // namespace

std::vector<StoreEntry> Store::list() const {
    std::vector<StoreEntry> entries;
    for (Item& item : items_of(path_, id_mapping_)) {
        entries.push_back(std::move(item.entry));
    }
    return entries;
}

std::vector<std::string> Store::verify(const base::Context& context) const {
    const std::vector<Item> items = items_of(path_, id_mapping_);
    base::Activity activity(
        context.reporter,
        {.title = "verifying the store",
         .unit = "entries",
         .total = items.size(),
         .parent = context.parent_activity});
    std::vector<std::string> lines(items.size());
    base::parallel_for(context.pool, context.stop, items.size(), [&](std::size_t i) {
        const Item& item = items[i];
        const std::string damage = damage_of(path_, item, context);
        if (!damage.empty()) {
            set_aside(path_, item.path);
            lines[i] = fmt::format("{} {}: {}", item.entry.kind, item.entry.key, damage);
        }
        activity.advance(1);
    });
    std::erase(lines, "");
    return lines;
}

std::uint64_t Store::prune(
    std::optional<std::int64_t> older_than,
    std::optional<std::uint64_t> most_bytes,
    const base::Context& context) const {
    const WorkDirectory trash = make_work_directory();
    for (const std::string& name : names_in(damaged_place(path_))) {
        try_to_remove(base::join_path(damaged_place(path_), name), context.stop);
    }
    const std::optional<timespec> in_use_since = oldest_work_in_use(work_place(path_), trash);
    std::vector<Item> items = items_of(path_, id_mapping_);
    std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
        return is_before(a.last_used, b.last_used);
    });
    std::uint64_t total = 0;
    for (const Item& item : items) {
        total += item.entry.bytes;
    }
    const std::int64_t oldest_kept = older_than ? base::now() - *older_than : 0;
    std::uint64_t freed = 0;
    for (const Item& item : items) {
        base::throw_if_stopped(context.stop);
        const bool too_old = older_than && item.entry.last_used < oldest_kept;
        const bool too_much = most_bytes && total - freed > *most_bytes;
        const bool in_use = in_use_since && !is_before(item.last_used, *in_use_since);
        if ((too_old || too_much) && !in_use && remove_item(trash.path(), item)) {
            freed += item.entry.bytes;
        }
    }
    return freed;
}

} // namespace imgbuild::store
