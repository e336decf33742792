// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/layer_applier.hpp"
#include "root/root.hpp"

#include <string>
#include <vector>

namespace imgbuild::oci {

/// What must stand as a whiteout in a layer's own directory, so that the layers together look as they
/// should without opaque marks, which not every way of bringing an image to a node can carry.
/// @param layer the layer's directory. @param below those of the lower layers.
/// @returns paths in the layer's directory, sorted; nothing stands there.
std::vector<std::string> whiteouts_of(
    const root::Root& layer, const std::vector<root::Root>& below, const LayerResult& result);

/// Directories that a layer only has because something in it is changed get the owner, mode and time that
/// they have in the layers below.
/// @param below the lower layers, the topmost first.
void give_lower_attributes(
    const root::Root& layer,
    const std::vector<root::Root>& below,
    const std::vector<std::string>& directories);

} // namespace imgbuild::oci
