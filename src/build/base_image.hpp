// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The container that an image is derived from (type/@derived_from): its layers are the bottom of the
 * root, each of them a layer of the store that all images share which stand on the same ones.
 */
#pragma once

#include "base/context.hpp"
#include "oci/image_source.hpp"
#include "oci/open_image_source.hpp"
#include "oci/pinned_image.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace imgbuild::build {

struct Inputs;

struct BaseImage {
    oci::PinnedImage image;
    /// Where its layers come from.
    std::shared_ptr<oci::ImageSource> source;
    /// The store's layers, bottom first.
    std::vector<store::Key> layers;
    /// Seconds since 1970: when the image was made; 0 if it doesn't say.
    std::int64_t created = 0;
};

/// Finds out which image the description derives from, if it derives from one.
/// @param options the base directory is set to that of the description.
/// @throws base::Error at the type's position.
void resolve_base(Inputs& inputs, oci::SourceOptions options, const base::Context& context);

/// Brings the layers of the image into the store, and its package database into `inputs.packages`.
/// @throws base::Error at the type's position, also if packages are to be installed into an image that has
///         no database of them.
void bring_base(
    Inputs& inputs,
    const store::Store& store,
    root::DriverChoice choice,
    const base::Context& context);

/// As `bring_base`, with what is known of the image from an earlier time; brings nothing.
/// @returns false if nothing is known; `inputs` is unchanged then.
bool recall_base(Inputs& inputs, const store::Store& store);

} // namespace imgbuild::build
