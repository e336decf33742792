// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/apply_layers.hpp"
#include "oci/blob_fetch.hpp"
#include "oci/pinned_image.hpp"

#include <vector>

namespace imgbuild::oci {

/// The layers of an image whose blobs (`layer_blobs`) are being fetched.
/// @param fetch outlives what the inputs open. @param first as for `layer_blobs`.
std::vector<LayerInput>
layer_inputs(const PinnedImage& image, BlobFetch& fetch, std::size_t first = 0);

} // namespace imgbuild::oci
