// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Manifests and indexes as registries and layouts hold them: OCI's and Docker's (v2, schema 2). Parsing
 * is strict where a lax reader could be shown another image than the one that was signed.
 */
#pragma once

#include "oci/descriptor.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace imgbuild::oci {

/// The most bytes of a manifest, an index or a config.
inline constexpr std::size_t document_limit = std::size_t{4} << 20U;

/// The most layers of an image.
inline constexpr std::size_t layer_limit = 500;

/// One image.
struct Manifest {
    std::string media_type;
    Descriptor config;
    /// Bottom first.
    std::vector<Descriptor> layers;
    std::map<std::string, std::string> annotations;
};

/// Several images, most often of one program for several platforms.
struct Index {
    std::string media_type;
    std::vector<Descriptor> manifests;
    std::map<std::string, std::string> annotations;
};

/// @param text the document's bytes.
/// @param content_type what the registry or descriptor calls it; "" if nobody says. Parameters behind
///        ';' don't count. A type that is no manifest's ("text/plain") counts as not said.
/// @param name for messages.
/// @throws base::Error (exit code 3) if it is none of these, too large, ambiguous (an image and an index
///         at once, or another media type inside than `content_type`), of schema 1, or has digests
///         other than SHA-256.
std::variant<Manifest, Index>
parse_manifest(std::string_view text, std::string_view content_type, const std::string& name);

} // namespace imgbuild::oci
