// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "store/layer_check.hpp"
#include "store/layer_stamp.hpp"
#include "store/layout.hpp"
#include "store/sealed_file.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace imgbuild::store {

namespace {

void put_stamp(const std::string& store, const std::string& path, const LayerStamp& stamp) {
    const std::string text = serialise(stamp);
    put_file(store, path, {std::as_bytes(std::span(text))});
}

/// Nothing if it is missing, damaged or of another version.
std::optional<tree::Inventory> read_change(const std::string& store, const std::string& directory) {
    const std::string path = base::join_path(directory, "inventory");
    const std::optional<std::string> text = read_sealed(store, path);
    if (!text) {
        return std::nullopt;
    }
    try {
        return tree::parse_inventory(*text, path);
    } catch (const base::Error&) {
        return std::nullopt;
    }
}

bool is_content_sound(
    const std::string& directory, const tree::Inventory& change, const base::Context& context) {
    try {
        return differences_of_layer(base::join_path(directory, "content"), change, context).empty();
    } catch (const base::Error&) {
        // What can't be read is as good as lost.
        return false;
    }
}

/// Looks at a layer's inventory, without which nothing can be done with its content; a layer that was
/// written before the last reboot is verified whole, and stamped anew.
bool is_sound(
    const std::string& store, const std::string& directory, const base::Context& context) {
    const std::string stamp_path = base::join_path(directory, "stamp");
    LayerStamp stamp = read_layer_stamp(stamp_path);
    const std::string boot_id = current_boot_id();
    if (!boot_id.empty() && stamp.boot_id == boot_id) {
        return read_sealed(store, base::join_path(directory, "inventory")).has_value();
    }
    const base::Activity activity(
        context.reporter,
        {.title = "verifying a layer after a reboot", .parent = context.parent_activity});
    const std::optional<tree::Inventory> change = read_change(store, directory);
    if (!change || !is_content_sound(directory, *change, context)) {
        return false;
    }
    stamp.boot_id = boot_id;
    stamp.bytes = change->content_size();
    put_stamp(store, stamp_path, stamp);
    return true;
}

} // namespace

std::optional<std::string>
Store::find_layer_content(const Key& key, const base::Context& context) const {
    const std::string directory = layer_directory(path_, id_mapping_, key);
    if (!base::is_directory(directory)) {
        return std::nullopt;
    }
    // Marked as used before anything else, so that a prune that runs now leaves it.
    touch(base::join_path(directory, "stamp"));
    if (!is_sound(path_, directory, context)) {
        context.reporter.message(
            base::LogLevel::warning,
            fmt::format("the stored layer {} is damaged: set aside, to be made anew", key.hex()));
        set_aside(path_, directory);
        return std::nullopt;
    }
    return base::join_path(directory, "content");
}

std::optional<LayerInfo> Store::find_layer(const Key& key, const base::Context& context) const {
    std::optional<std::string> content = find_layer_content(key, context);
    if (!content) {
        return std::nullopt;
    }
    const std::string directory = layer_directory(path_, id_mapping_, key);
    std::optional<tree::Inventory> change = read_change(path_, directory);
    if (!change) {
        set_aside(path_, directory);
        return std::nullopt;
    }
    return LayerInfo{std::move(*change), std::move(*content)};
}

tree::Inventory Store::layer_change(const Key& key) const {
    std::optional<tree::Inventory> change =
        read_change(path_, layer_directory(path_, id_mapping_, key));
    if (!change) {
        throw base::Error(fmt::format("the store {} has no layer {}", path_, key.hex()))
            .set_hint("something else removed it while it was in use: run imgbuild again");
    }
    return std::move(*change);
}

void Store::publish_layer(
    const Key& key,
    const std::string& staged,
    const tree::Inventory& change,
    std::string_view description) const {
    in_store(path_, [&] {
        const WorkDirectory work = make_work_directory();
        const std::string layer = base::join_path(work.path(), "layer");
        base::make_directories(layer);
        move_into_place(staged, base::join_path(layer, "content"));
        const std::string text = tree::serialise(change);
        write_sealed(
            path_,
            base::join_path(layer, "inventory"),
            std::as_bytes(std::span(text.data(), text.size())));
        const LayerStamp stamp = {
            .boot_id = current_boot_id(),
            .bytes = change.content_size(),
            .description = std::string(description)};
        put_stamp(path_, base::join_path(layer, "stamp"), stamp);
        // A directory that is not empty is never replaced by rename: if another process was faster,
        // its layer stays and this one is removed with `work`.
        const std::string target = layer_directory(path_, id_mapping_, key);
        if (::rename(layer.c_str(), target.c_str()) != 0 && errno != EEXIST && errno != ENOTEMPTY) {
            base::throw_errno(fmt::format("moving {} to {}", layer, target));
        }
    });
}

} // namespace imgbuild::store
