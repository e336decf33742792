// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The image root while it is being built: layers of the store below, one writable layer on top.
 * Two drivers: overlay mounts (in imgbuild's own mount namespace, so a killed build leaves none), and
 * plain directories where overlay can't be used. Both give the same layers.
 */
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"
#include "root/sandbox.hpp"
#include "store/store.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

/// How messages call a working root: where it is mounted tells a user nothing, and is gone afterwards.
constexpr std::string_view working_root_name = "the image's root";

/// A root with a writable top. Destroying it without `commit` throws the changes away.
class WorkingRoot {
public:
    WorkingRoot() = default;
    WorkingRoot(const WorkingRoot&) = delete;
    WorkingRoot& operator=(const WorkingRoot&) = delete;
    virtual ~WorkingRoot() = default;

    virtual const Root& root() const = 0;

    /// Where the root is mounted in this process's mount namespace.
    virtual const std::string& mount_path() const = 0;

    /// Device nodes that could not be made here (an ordinary user may not) but belong to the image.
    virtual void record_device(const tree::Entry& device) = 0;

    /// What a layer of the store holds becomes part of the root below a directory (links to it are
    /// followed) when this work is committed; until then nothing of it is seen. Where something stands
    /// already, that stays.
    virtual void
    graft(std::string_view directory, const store::Key& layer, const base::Context& context) = 0;

    /// Ends the work and publishes the change as the layer `key`: file times later than `epoch` become
    /// `epoch`, hard links broken by the overlay are joined again, whiteouts are made explicit.
    /// Nothing may use the root any more; `root()` is gone afterwards, also after an error.
    /// @param description of the layer for people who list the store.
    /// @returns the inventory of the whole root, this layer included.
    virtual tree::Inventory commit(
        const store::Key& key,
        std::string_view description,
        std::int64_t epoch,
        const base::Context& context) = 0;

    /// As above, without description.
    tree::Inventory
    commit(const store::Key& key, std::int64_t epoch, const base::Context& context) {
        return commit(key, {}, epoch, context);
    }
};

class LayerDriver {
public:
    LayerDriver() = default;
    LayerDriver(const LayerDriver&) = delete;
    LayerDriver& operator=(const LayerDriver&) = delete;
    virtual ~LayerDriver() = default;

    virtual std::string name() const = 0;

    /// A root made of the given layers, lowest first, all of them in the store.
    /// @param below the inventory of these layers together.
    /// @throws base::Error if a layer is missing or turns out to be damaged (it is set aside then).
    virtual std::unique_ptr<WorkingRoot> open(
        const std::vector<store::Key>& layers,
        tree::Inventory below,
        const base::Context& context) = 0;
};

enum class DriverChoice { automatic, overlay, plain };

/// Call after `enter_private_namespaces`.
/// @param store holds the layers and the private working directories; outlives the driver, which outlives
///        its roots.
/// @throws base::Error if `overlay` is asked for and can't be used here, with the cause. `automatic`
///         falls back to plain and says why through the context's reporter.
std::unique_ptr<LayerDriver>
make_layer_driver(DriverChoice choice, const store::Store& store, const base::Context& context);

/// The inventory of layers together, lowest first, from the store's records.
tree::Inventory
inventory_of_layers(const store::Store& store, const std::vector<store::Key>& layers);

} // namespace imgbuild::root
