// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Images as files: what `podman save` writes and `podman load` reads. The same image gives the same
 * bytes: no owner, no time, a fixed order.
 */
#pragma once

#include "base/context.hpp"
#include "naming/saved_name.hpp"
#include "oci/apply_layers.hpp"
#include "oci/pinned_image.hpp"
#include "root/root.hpp"
#include "store/store.hpp"

#include <string>

namespace imgbuild::oci {

struct ArchiveTarget {
    const root::Root& root;
    /// The file, or for `oci_directory` the directory. What stands there is replaced; missing directories
    /// above are made.
    std::string path;
    /// "docker.io/library/debian:12"; empty: the image has no name.
    std::string name;
};

/// @param store holds the image's layers.
/// @throws base::Error naming the image if a layer turns out not to be what it should.
void write_image(
    const PinnedImage& image,
    naming::ArchiveFormat format,
    const ArchiveTarget& target,
    const store::Store& store,
    const base::Context& context);

} // namespace imgbuild::oci
