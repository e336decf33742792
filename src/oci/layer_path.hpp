// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::oci {

/// A directory of the root ("" is the root itself) and a name in it.
struct LayerPath {
    std::string directory;
    /// Empty for the root.
    std::string name;

    std::string text() const { return directory.empty() ? name : directory + "/" + name; }
};

/// An entry's name without empty parts, "." and "..": what would leave the root is clamped to it.
/// @throws base::Error if a part is longer than a name may be, or there are too many of them.
LayerPath clean_layer_path(std::string_view raw);

/// As deep as directories may be nested in an image.
constexpr int most_nested = 400;

int depth_of(std::string_view clean_path);

enum class Marker {
    /// An ordinary name.
    none,
    /// `.wh.NAME`: NAME is gone.
    whiteout,
    /// `.wh..wh..opq`: what lower layers have in this directory is gone.
    opaque,
    /// Bookkeeping of a storage driver, in this name or a directory above it.
    foreign,
};

/// What a path means in a layer. @throws base::Error for the whiteout of no name, of "." and of "..", and for
/// directories that are whiteouts.
Marker marker_of(const LayerPath& path);

/// The name that a whiteout hides.
std::string hidden_name(const std::string& whiteout);

} // namespace imgbuild::oci
