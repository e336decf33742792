// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Images written straight into the storage that podman and its relatives run containers from (overlay
 * driver), so that nothing has to be loaded: unpacked layers, what rebuilds their archives, and the lists.
 */
#pragma once

#include "base/context.hpp"
#include "oci/apply_layers.hpp"
#include "oci/pinned_image.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace imgbuild::oci {

struct StorageOptions {
    /// Of the storage in the root: "/var/lib/containers/storage"; "": the root itself.
    std::string place;
    /// Ordinary users may read it: for additional image stores. Otherwise it is root's alone.
    bool is_public = false;
    LayerLimits limits;
};

/// A layer of an image on its way into a storage.
struct StorageLayer {
    const Layer& layer;
    /// The names in storage of the layer and those below it, the lowest first.
    std::vector<std::string> chain;
};

/// What the list of layers needs to know of one that was unpacked.
struct StorageLayerFacts {
    LayerFacts blob;
    std::set<std::uint32_t> uids;
    std::set<std::uint32_t> gids;
};

/// What `write_storage_layer` made.
struct WrittenLayer {
    StorageLayerFacts facts;
    /// 0:0 devices and devices that could not be made, by their paths in the root. On an overlay the
    /// first can't be made at all; whoever owns the root makes or records them.
    std::vector<tree::Entry> devices;
};

/// Unpacks a layer below `options.place`, whose directories exist: overlay/ID/…, overlay/l/…,
/// overlay-layers/ID.tar-split.gz. What is not the layer's own content has the time 0.
/// @param below the unpacked lower layers (their "diff"), the topmost first.
/// @throws base::Error naming the layer and the entry. What was written is of no use then.
WrittenLayer write_storage_layer(
    const root::Root& root,
    const StorageOptions& options,
    const StorageLayer& layer,
    const LayerInput& input,
    const std::vector<root::Root>& below,
    const base::Context& context);

/// Makes the directories of a storage that are missing.
void make_storage_directories(const root::Root& root, const StorageOptions& options);

struct StorageResult {
    /// Layers that were brought, and those that were there already.
    std::uint64_t new_layers = 0;
    std::uint64_t shared_layers = 0;
};

/// Adds images to a storage, which may exist and hold others; these are kept. Not thread-safe.
class StorageWriter {
public:
    /// @param root not read-only; nothing else changes it meanwhile; outlives the writer.
    /// @throws base::Error if a storage is there whose lists make no sense.
    StorageWriter(const root::Root& root, StorageOptions options, const base::Context& context);

    /// Makes the storage have a layer that it lacks; called for the lowest first.
    using BringLayer = std::function<StorageLayerFacts(const StorageLayer& layer)>;

    /// @param names under which the image is found: "registry/repository:tag", "registry/repository@sha256:…".
    ///        Another image loses them.
    void
    add(const PinnedImage& image, const BringLayer& bring, const std::vector<std::string>& names);

    /// Writes the lists.
    StorageResult finish();

private:
    std::string path(const std::string& below) const;

    const root::Root& root_;
    StorageOptions options_;
    const base::Context& context_;
    StorageResult result_;
    /// The two lists as JSON texts: its values stay out of headers.
    std::string layers_;
    std::string images_;
};

/// The names of layers in storage, bottom first: each depends on all below it.
std::vector<std::string> storage_layer_ids(const PinnedImage& image);

} // namespace imgbuild::oci
