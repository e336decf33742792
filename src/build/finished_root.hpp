// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "pack/packer.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace imgbuild::build {

/// The root that a build's stages have made, as it is packed.
class FinishedRoot {
public:
    /// @param layers all in the store, bottom first. @param store outlives this.
    FinishedRoot(
        const store::Store& store,
        const std::vector<store::Key>& layers,
        root::DriverChoice driver,
        const base::Context& context);

    const tree::Inventory& inventory() const noexcept { return inventory_; }

    const root::Root& root() const { return working_->root(); }

    /// With what the root itself says about packing it: its excludes, and what is restored at boot.
    pack::PackOptions pack_options(pack::Compression compression, std::int64_t epoch) const;

private:
    tree::Inventory inventory_;
    std::unique_ptr<root::LayerDriver> driver_;
    std::unique_ptr<root::WorkingRoot> working_;
};

} // namespace imgbuild::build
