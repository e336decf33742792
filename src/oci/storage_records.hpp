// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The lists of a container storage, as JSON texts.
 */
#pragma once

#include "oci/layer_applier.hpp"
#include "oci/layer_stream.hpp"
#include "oci/pinned_image.hpp"

#include <string>
#include <utility>
#include <vector>

namespace imgbuild::oci {

/// Whether the list of layers has one of that id.
bool has_layer(const std::string& list, const std::string& id);

/// The list with one more layer. @param parent empty: it is the lowest.
std::string with_layer(
    const std::string& list,
    const std::string& id,
    const std::string& parent,
    const Layer& layer,
    const LayerFacts& facts,
    const LayerResult& result);

/// The list with an image, or with these names for an image that is there already.
std::string with_image(
    const std::string& list,
    const PinnedImage& image,
    const std::string& top_layer,
    const std::vector<std::string>& names);

/// A list as it was found. @throws base::Error naming `name` if it is none.
std::string checked_list(const std::string& text, const std::string& name);

/// What storage keeps of an image beside its layers, by the names it has there.
std::vector<std::pair<std::string, const Document*>> big_data(const PinnedImage& image);

/// The name of the file that holds it.
std::string big_data_file(const std::string& name);

} // namespace imgbuild::oci
