// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/request.hpp"
#include "oci/image_archive.hpp"
#include "oci/image_source.hpp"
#include "oci/pinned_image.hpp"

#include <memory>
#include <string>
#include <vector>

namespace imgbuild::build {

/// A <container> of the description and the image that its name led to.
struct ContainerInput {
    description::Container wish;
    oci::PinnedImage image;
    /// Where its layers come from.
    std::shared_ptr<oci::ImageSource> source;
    naming::ArchiveFormat format = naming::ArchiveFormat::oci_archive;
    /// Where the image has its file; empty: nowhere.
    std::string save_path;
    /// "docker.io/library/debian:12", and the same with its digest.
    std::string name;
    std::string name_by_digest;
};

} // namespace imgbuild::build
