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
    /// "docker.io/library/debian:12"; of an image that is named by digest alone the tag is made up.
    std::string name;
    /// Under which podman finds it: with its digest, and with its tag if it has one.
    std::vector<std::string> names_in_storage;
};

} // namespace imgbuild::build
