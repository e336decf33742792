// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::naming {

/// An image in a registry: "docker.io/library/debian:12@sha256:…".
struct ImageName {
    /// "docker.io", "registry.example:5000"; empty: a short name, see `parse_short`.
    std::string registry;
    /// "library/debian"
    std::string path;
    /// Empty if none was written.
    std::string tag;
    /// What was written counts, whatever the tag says.
    std::optional<crypto::Digest> digest;

    bool operator==(const ImageName&) const = default;

    /// "docker.io/library/debian"
    std::string repository() const;

    /// The tag, "latest" if neither a tag nor a digest was written.
    std::string effective_tag() const;
};

/// As people write it back: with the effective tag, and the digest if one was written.
std::string to_string(const ImageName& name);

/// As podman takes it behind "docker://": a name without a registry is Docker Hub's, and there one
/// without a slash is in library/.
/// @throws base::UsageError saying what is wrong with it.
ImageName parse_image_name(std::string_view text);

/// As podman takes it without a scheme: a name whose first part is no registry ("debian", "a/b") stays
/// without one.
ImageName parse_short_or_full_name(std::string_view text);

/// "debian" of docker.io is "library/debian", "index.docker.io" is docker.io.
ImageName normalised(ImageName name);

} // namespace imgbuild::naming
