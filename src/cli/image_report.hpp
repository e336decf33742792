// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/pinned_image.hpp"

#include <string>

namespace imgbuild::cli {

/// An image as people read it.
std::string image_text(const oci::PinnedImage& image);

/// The same as JSON, with all digests and labels.
std::string image_json(const oci::PinnedImage& image);

} // namespace imgbuild::cli
