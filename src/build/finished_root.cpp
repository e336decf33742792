// SPDX-License-Identifier: Apache-2.0
#include "build/finished_root.hpp"

#include "build/restored_xattrs.hpp"
#include "tree/exclude_patterns.hpp"

#include <string>

namespace imgbuild::build {

FinishedRoot::FinishedRoot(
    const store::Store& store,
    const std::vector<store::Key>& layers,
    root::DriverChoice driver,
    const base::Context& context)
    : inventory_(root::inventory_of_layers(store, layers))
    , driver_(root::make_layer_driver(driver, store, context))
    , working_(driver_->open(layers, inventory_, context)) {}

pack::PackOptions
FinishedRoot::pack_options(pack::Compression compression, std::int64_t epoch) const {
    const std::string excludes = root().try_read(tree::excludes_path).value_or("");
    return {
        .compression = compression,
        .epoch = epoch,
        .excludes = tree::ExcludePatterns::parse(excludes, std::string("/") + tree::excludes_path),
        .restored_xattrs = restored_xattrs(root())};
}

} // namespace imgbuild::build
