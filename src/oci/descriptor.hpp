// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest_text.hpp"
#include "oci/platform.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::oci {

/// Names a blob: what it is, its digest and its size. Parsed from a manifest, so size and digest are a
/// promise that whoever reads the blob checks.
struct Descriptor {
    std::string media_type;
    crypto::Digest digest;
    std::uint64_t size = 0;
    std::map<std::string, std::string> annotations;
    /// Only in an index.
    std::optional<Platform> platform;
    /// Where a blob that registries may not hand out lies ("foreign layers").
    std::vector<std::string> urls;
};

using crypto::parse_digest;
using crypto::to_string;

namespace media_type {

constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view oci_config = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view oci_layer = "application/vnd.oci.image.layer.v1.tar";
constexpr std::string_view oci_layer_gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr std::string_view oci_layer_zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
constexpr std::string_view docker_list =
    "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view docker_config = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view docker_layer = "application/vnd.docker.image.rootfs.diff.tar";
constexpr std::string_view docker_layer_gzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

} // namespace media_type

/// How a layer's tar is packed.
enum class LayerCompression { none, gzip, zstd };

/// What the media type says; what the bytes are is for the reader to find out (registries lie).
/// Nothing if the media type is not a layer's that can be applied.
std::optional<LayerCompression> declared_compression(std::string_view media_type);

} // namespace imgbuild::oci
