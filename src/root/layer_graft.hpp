// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/layer_cursor.hpp"
#include "root/root.hpp"
#include "store/store.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

/// Layers of the store that become part of a root, each below a directory of it. What stands there already
/// stays. Refers to the store. Not thread-safe.
class LayerGrafts {
public:
    explicit LayerGrafts(const store::Store& store)
        : store_(store) {}

    /// @param directory of `root`, which is changed from now on: links to it are followed.
    /// @throws base::Error if there is no such layer.
    void
    add(const Root& root,
        std::string_view directory,
        const store::Key& layer,
        const base::Context& context);

    bool empty() const noexcept { return grafts_.empty(); }

    /// The inventory with what the layers hold; remembers what that is.
    tree::Inventory added_to(const tree::Inventory& found);

    enum class Files {
        /// Other names of the store's own files, which nobody may change.
        shared,
        copied,
    };

    /// Makes what `added_to` added, and what is missing of the directories above, in a tree whose other
    /// directories get new times by that. Devices are left out.
    /// @param after what `added_to` returned.
    void make(
        const tree::Inventory& after,
        DirectoryCursor& target,
        Files files,
        const base::Context& context) const;

private:
    /// The directories above what is added.
    std::vector<tree::Entry> directories(const tree::Inventory& after) const;

    struct Graft {
        /// What goes before the paths of the layer: "" or a directory with a slash.
        std::string prefix;
        tree::Inventory change;
        std::string content_path;
        /// With the prefix.
        std::vector<tree::Entry> added;
    };

    const store::Store& store_;
    std::vector<Graft> grafts_;
};

} // namespace imgbuild::root
