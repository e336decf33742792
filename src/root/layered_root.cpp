// SPDX-License-Identifier: Apache-2.0
#include "root/layered_root.hpp"

#include "base/error.hpp"
#include "root/overlay_driver.hpp"
#include "root/plain_driver.hpp"

#include <fmt/format.h>

namespace imgbuild::root {

std::unique_ptr<LayerDriver>
make_layer_driver(DriverChoice choice, const store::Store& store, const base::Context& context) {
    if (choice == DriverChoice::plain) {
        return make_plain_driver(store);
    }
    const OverlaySupport support = probe_overlay(store);
    if (support.problem.empty()) {
        return make_overlay_driver(store, support.options);
    }
    const std::string cause =
        fmt::format("overlay mounts can't be used in {}: {}", store.path(), support.problem);
    if (choice == DriverChoice::overlay) {
        throw base::Error(cause).set_hint(
            "put the store on another file system (ext4, xfs, btrfs) with --store");
    }
    context.reporter.message(
        base::LogLevel::warning, cause + "; the layers are copied instead, which takes longer");
    return make_plain_driver(store);
}

tree::Inventory
inventory_of_layers(const store::Store& store, const std::vector<store::Key>& layers) {
    tree::Inventory whole;
    for (const store::Key& key : layers) {
        whole = tree::apply(whole, store.layer_change(key));
    }
    return whole;
}

} // namespace imgbuild::root
