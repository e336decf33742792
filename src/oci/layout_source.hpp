// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/files_source.hpp"

#include <memory>
#include <string>

namespace imgbuild::oci {

/// An image in an OCI layout (index.json, blobs/sha256/…), be it a directory or an archive.
class LayoutSource final : public FilesSource {
public:
    /// @param wanted the image's name in the index ("12", "docker.io/library/debian:12"); empty: the
    ///        only one there is, or the one for the platform.
    LayoutSource(
        std::string name,
        std::unique_ptr<ImageFiles> files,
        std::string wanted,
        const store::Store& store);

private:
    Document root(const Platform& platform, const base::Context& context) override;
    std::string path_of(const Descriptor& blob) const override;

    std::string known_name() const override { return known_name_; }

    Descriptor find_image(const Platform& platform) const;

    std::string wanted_;
    std::string known_name_;
};

} // namespace imgbuild::oci
