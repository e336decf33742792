// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "check/kernel.hpp"
#include "images/image_store.hpp"
#include "images/node_use.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::images {

/// What can be said about an image without reading its files.
struct ImageInfo {
    std::string name;
    NodeUse use;
    /// Seconds since 1970.
    std::int64_t created = 0;
    /// When its output was made; nothing if it never was.
    std::optional<std::int64_t> built;
    /// Of the output; 0 without one.
    std::uint64_t compressed_size = 0;
    /// Unpacked, as a node sees it; 0 if that isn't known.
    std::uint64_t unpacked_size = 0;
    /// Of the root's files; only if asked for.
    std::uint64_t root_size = 0;
    /// Only if asked for; empty if the image has none that Warewulf would find.
    std::string kernel_version;
    bool is_read_only = false;
};

struct OverviewOptions {
    bool with_kernel = false;
    bool with_root_size = false;
};

/// In the order of the names.
std::vector<ImageInfo> describe_images(
    const ImageStore& store,
    const std::vector<std::string>& names,
    const OverviewOptions& options,
    const base::Context& context);

/// The kernels of a root by Warewulf's rules, highest first; only the places where kernels are looked
/// for are read.
std::vector<check::Kernel> kernels_of(const root::Root& root);

} // namespace imgbuild::images
