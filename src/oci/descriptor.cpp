// SPDX-License-Identifier: Apache-2.0
#include "oci/descriptor.hpp"

#include <algorithm>
#include <array>

namespace imgbuild::oci {

namespace {

struct LayerType {
    std::string_view media_type;
    LayerCompression compression;
};

// Docker's zstd type was never registered, yet builders write it; the others are foreign layers.
constexpr std::array layer_types = {
    LayerType{media_type::oci_layer, LayerCompression::none},
    LayerType{media_type::oci_layer_gzip, LayerCompression::gzip},
    LayerType{media_type::oci_layer_zstd, LayerCompression::zstd},
    LayerType{media_type::docker_layer, LayerCompression::none},
    LayerType{media_type::docker_layer_gzip, LayerCompression::gzip},
    LayerType{"application/vnd.docker.image.rootfs.diff.tar.zstd", LayerCompression::zstd},
    LayerType{"application/vnd.docker.image.rootfs.foreign.diff.tar", LayerCompression::none},
    LayerType{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", LayerCompression::gzip},
    LayerType{"application/vnd.oci.image.layer.nondistributable.v1.tar", LayerCompression::none},
    LayerType{
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", LayerCompression::gzip},
    LayerType{
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", LayerCompression::zstd},
};

} // namespace

std::optional<LayerCompression> declared_compression(std::string_view media_type) {
    const auto* const found =
        std::find_if(layer_types.begin(), layer_types.end(), [media_type](const LayerType& type) {
            return type.media_type == media_type;
        });
    return found == layer_types.end() ? std::nullopt : std::optional(found->compression);
}

} // namespace imgbuild::oci
