// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The part of committing a layer that both drivers share: what the inventory says. Each driver then
 * makes the layer's content be what the inventory says.
 */
#pragma once

#include "tree/inventory.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace imgbuild::root {

/// Devices that belong to the image but could not be made in the root, because an ordinary user may not.
class UnmadeDevices {
public:
    /// @param root a root made of layers with the inventory `below`: its devices that are missing there.
    UnmadeDevices(const tree::Inventory& below, int root);

    /// One more, made by the stage that is running.
    void record(const tree::Entry& device);

    /// The inventory with the devices whose directory is there and whose path is free.
    tree::Inventory added_to(const tree::Inventory& found) const;

private:
    std::map<std::string, tree::Entry> devices_;
};

/// What a stage left, with times later than `epoch` set to it, except for what has the time that it has in
/// `below`: a container's own.
tree::Inventory
with_clamped_times(const tree::Inventory& found, const tree::Inventory& below, std::int64_t epoch);

/// What stands in the content of a layer: the change and, as they are in `after`, the directories above.
tree::Inventory content_of(const tree::Inventory& change, const tree::Inventory& after);

/// The root directory's own entry in `below`; a usual one if there are no layers yet.
tree::Entry root_entry(const tree::Inventory& below);

} // namespace imgbuild::root
