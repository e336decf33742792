// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/descriptor.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// A manifest, index or config exactly as it was found.
struct Document {
    std::string media_type;
    crypto::Digest digest;
    std::string bytes;
};

struct Layer {
    /// As the registry has it, most often compressed.
    Descriptor blob;
    /// Of the tar inside.
    crypto::Digest diff_id;
};

/// An image that everything is known of but its layers' content: fixed by digests, for one platform.
/// Digests and sizes of the documents have been checked.
struct PinnedImage {
    /// How messages call it, such as "docker.io/library/debian:12" or "oci:/srv/images:12".
    std::string reference;

    /// "docker.io/library/debian"; empty if neither the reference nor the archive tells.
    std::string repository;
    /// Empty if there is none.
    std::string tag;

    Document manifest;
    /// The index that the manifest was chosen from.
    std::optional<Document> index;
    Document config;

    Manifest parsed_manifest;
    ImageConfig parsed_config;
    /// Bottom first.
    std::vector<Layer> layers;

    /// Seconds since 1970: when the registry was asked what the tag stands for; 0 if nobody need be asked.
    std::int64_t asked = 0;

    /// The policy requirement that let it in, for the result: "not signed (policy.json accepts
    /// anything)", "signed by 0123ABCD…".
    std::string trust;

    /// The digest that stands for what was asked for: the index's if there is one.
    const crypto::Digest& digest() const { return index ? index->digest : manifest.digest; }

    /// The image's id in container storage.
    const crypto::Digest& id() const { return config.digest; }
};

} // namespace imgbuild::oci
