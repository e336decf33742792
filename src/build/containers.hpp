// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/inputs.hpp"
#include "oci/open_image_source.hpp"

namespace imgbuild::build {

/// Finds out which images the description's containers are: by digest, for the image's architecture.
/// @param options where they come from; the base directory is that of the description.
/// @throws base::Error with the container's position.
void resolve_containers(Inputs& inputs, oci::SourceOptions options, const base::Context& context);

} // namespace imgbuild::build
