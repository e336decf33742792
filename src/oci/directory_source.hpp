// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/files_source.hpp"

#include <memory>
#include <string>

namespace imgbuild::oci {

/// An image as skopeo's "dir:" lays it out: manifest.json, and blobs under their bare digests.
class DirectorySource final : public FilesSource {
public:
    DirectorySource(std::string name, std::unique_ptr<ImageFiles> files, const store::Store& store);

private:
    Document root(const Platform& platform, const base::Context& context) override;
    std::string path_of(const Descriptor& blob) const override;

    std::string known_name() const override { return ""; }
};

} // namespace imgbuild::oci
