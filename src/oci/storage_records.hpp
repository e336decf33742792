// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The lists of a container storage, as JSON texts.
 */
#pragma once

#include "oci/pinned_image.hpp"
#include "oci/storage_writer.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::oci {

/// Whether the list of layers has one of that id.
bool has_layer(const std::string& list, const std::string& id);

/// The list with one more layer.
std::string
with_layer(const std::string& list, const StorageLayer& layer, const StorageLayerFacts& facts);

/// The facts as a text, and back; nothing if it isn't one.
std::string to_text(const StorageLayerFacts& facts);
std::optional<StorageLayerFacts> facts_from_text(const std::string& text);

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
