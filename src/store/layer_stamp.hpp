// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace imgbuild::store {

/// The file beside a layer's content that says when its bytes can be believed. Its modification time is
/// the layer's last use.
struct LayerStamp {
    /// The kernel's boot id when the layer was written or last verified.
    std::string boot_id;
    /// Of the content's regular files.
    std::uint64_t bytes = 0;
    std::string description;
};

/// Of the running kernel; empty if it doesn't tell (then every layer is verified on its first use).
std::string current_boot_id();

std::string serialise(const LayerStamp& stamp);

/// What can't be read gives a stamp without boot id: the layer will be verified.
LayerStamp read_layer_stamp(const std::string& path);

} // namespace imgbuild::store
