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
#include <string>
#include <vector>

namespace imgbuild::oci {

struct StorageOptions {
    /// Of the storage in the root: "/var/lib/containers/storage".
    std::string place;
    /// Ordinary users may read it: for additional image stores. Otherwise it is root's alone.
    bool is_public = false;
    LayerLimits limits;
};

struct StorageResult {
    /// Layers that were written, and those that were there already.
    std::uint64_t new_layers = 0;
    std::uint64_t shared_layers = 0;
    /// 0:0 devices and devices that could not be made, by their paths in the root. On an overlay the
    /// first can't be made at all; whoever owns the root makes or records them.
    std::vector<tree::Entry> devices;
};

/// Adds images to a storage, which may exist and hold others; these are kept. Not thread-safe.
class StorageWriter {
public:
    /// @param root not read-only; nothing else changes it meanwhile; outlives the writer.
    /// @throws base::Error if a storage is there whose lists make no sense.
    StorageWriter(const root::Root& root, StorageOptions options, const base::Context& context);

    /// @param layers of the image, for those that the storage does not have yet.
    /// @param names under which the image is found: "registry/repository:tag", "registry/repository@sha256:…".
    ///        Another image loses them.
    /// @throws base::Error naming the layer and the entry. The storage is of no use then.
    void
    add(const PinnedImage& image,
        const std::vector<LayerInput>& layers,
        const std::vector<std::string>& names);

    /// Writes the lists.
    StorageResult finish();

private:
    std::string path(const std::string& below) const;
    void make_directory(const std::string& below) const;
    void write(const std::string& below, std::string_view content) const;
    void
    add_layer(const Layer& layer, const LayerInput& input, const std::vector<std::string>& chain);
    void write_links(const std::vector<std::string>& chain) const;
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
