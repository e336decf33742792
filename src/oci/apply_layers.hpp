// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "oci/layer_applier.hpp"
#include "oci/layer_stream.hpp"
#include "root/root.hpp"

#include <functional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// A layer of an image, still compressed.
struct LayerInput {
    /// How messages call it: "docker://…: layer 2 of 5".
    std::string name;
    LayerPromise promise;
    /// Opens the blob; called once, when the layer's turn is near.
    std::function<compress::ByteSource()> open;
};

/// Applies the layers of an image, lowest first, to one root. While a layer is applied, the next one is
/// decompressed already. @returns what each layer's blob was, all as promised.
/// @throws base::Error naming the layer and the entry; the root holds a part of the image then.
std::vector<LayerFacts> apply_layers(
    const std::vector<LayerInput>& layers,
    const root::Root& root,
    const LayerLimits& limits,
    const base::Context& context);

/// Makes the root file system of an image in a directory that is empty or does not exist yet.
/// All is made inside it, in a private place, and moved up once every layer is as promised; after an
/// error the directory is empty, or absent if it was.
/// @throws base::UsageError if something is in the directory; as `apply_layers`.
std::vector<LayerFacts> unpack_layers(
    const std::vector<LayerInput>& layers,
    const std::string& directory,
    const LayerLimits& limits,
    const base::Context& context);

} // namespace imgbuild::oci
