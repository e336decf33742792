// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What registries said about images in earlier runs, in the store's records.
 */
#pragma once

#include "naming/image_name.hpp"
#include "oci/pinned_image.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>

namespace imgbuild::oci {

struct KnownImage {
    /// Index or manifest.
    Document document;
    /// Seconds since 1970: when its tag was last asked for; 0 for a digest.
    std::int64_t time = 0;
};

/// What a name stood for when its registry was last asked. Nothing if it never was, or if the document
/// isn't in the store any more. That another repository has a digest says nothing about this one.
std::optional<KnownImage>
find_known_image(const store::Store& store, const naming::ImageName& name);

/// @param name has a tag and no digest.
void note_tag(const store::Store& store, const naming::ImageName& name, const Document& document);

/// Notes that the name's repository has this index or manifest.
void note_digest(
    const store::Store& store, const naming::ImageName& name, const crypto::Digest& digest);

} // namespace imgbuild::oci
