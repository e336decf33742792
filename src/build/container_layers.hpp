// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/container_input.hpp"
#include "oci/blob_fetch.hpp"
#include "oci/storage_writer.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::build {

/// What a container becomes, as layers of the store which depend on that container alone: whatever changes
/// below, and in whichever image it is used, they are not pulled, unpacked or written again. Stages graft
/// them into their root. Refers to what it is given.
class ContainerLayers {
public:
    /// @param driver makes the layers that are missing.
    ContainerLayers(
        const ContainerInput& container,
        const store::Store& store,
        root::LayerDriver& driver,
        const base::Context& context);

    struct Unpacked {
        /// Holds the layer as at the top of a storage.
        store::Key key;
        oci::StorageLayerFacts facts;
    };

    /// A layer of the image as container storage keeps it.
    Unpacked unpack(const oci::StorageLayer& layer, bool is_public);

    /// The image as a file (or directory) of that name. @returns the key of the layer that holds it.
    store::Key save(naming::ArchiveFormat format, const std::string& file_name);

private:
    std::vector<root::Root> lower_layers(const oci::StorageLayer& layer, bool is_public) const;

    const ContainerInput& container_;
    const store::Store& store_;
    root::LayerDriver& driver_;
    const base::Context& context_;
    /// Begins with the first layer that is missing.
    std::size_t first_fetched_ = 0;
    std::optional<oci::BlobFetch> fetch_;
};

/// Gets the image's layers into the store, as far as they are not there.
void pull_layers(
    const ContainerInput& container, const store::Store& store, const base::Context& context);

/// Whether the store has all that a container becomes, so that nothing need be pulled for it.
bool is_unpacked_and_saved(
    const ContainerInput& container, const store::Store& store, const base::Context& context);

} // namespace imgbuild::build
