// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/error.hpp"
#include "oci/layer_applier.hpp"
#include "oci/layer_stream.hpp"
#include "oci/unpack_place.hpp"
#include "root/root.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// A layer of an image, still compressed.
struct LayerInput {
    /// How messages call it: "docker://…: layer 2 of 5".
    std::string name;
    LayerPromise promise;
    /// Opens the blob; called at most once, when the layer's turn is near.
    std::function<compress::ByteSource()> open;
    /// Keeps the layer decompressed, for the next time, where `apply_layers` looks for it first; nothing:
    /// it is not kept. Outlives the work.
    const store::Store* kept_in = nullptr;
};

/// Runs `action`; what is wrong in a layer is wrong in what was fetched (exit code 3), other than what
/// the system refuses.
template <typename Action>
void blaming_the_image(const Action& action) {
    try {
        action();
    } catch (const base::SystemError&) {
        throw;
    } catch (base::Error& error) {
        error.set_exit_code(base::ExitCode::fetch);
        throw;
    }
}

/// Applies one layer to a root that holds those below it.
/// @throws base::Error naming the layer and the entry; the root holds a part of the layer then.
LayerResult apply_layer(
    const LayerInput& layer,
    const root::Root& root,
    const LayerLimits& limits,
    const base::Context& context);

/// Applies the layers of an image, lowest first, to one root. While a layer is applied, the next one is
/// decompressed already.
/// @throws base::Error naming the layer and the entry; the root holds a part of the image then.
void apply_layers(
    const std::vector<LayerInput>& layers,
    const root::Root& root,
    const LayerLimits& limits,
    const base::Context& context);

/// Applies the layers in a place of the user's and publishes it.
/// @throws as `apply_layers`; the place is as it was before then.
void unpack_layers(
    const std::vector<LayerInput>& layers,
    UnpackPlace& place,
    const LayerLimits& limits,
    const base::Context& context);

} // namespace imgbuild::oci
