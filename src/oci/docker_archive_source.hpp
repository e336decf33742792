// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/archive_files.hpp"
#include "oci/files_source.hpp"

#include <map>
#include <memory>
#include <string>

namespace imgbuild::oci {

/// An image in an archive as `docker save` writes it. Such an archive has no manifest: one is made from
/// what manifest.json says, so the same archive always has the same digest.
class DockerArchiveSource final : public FilesSource {
public:
    /// @param wanted "debian:12" or "@0" (the number of the image); empty: the only one there is.
    DockerArchiveSource(
        std::string name,
        std::unique_ptr<ArchiveFiles> files,
        std::string wanted,
        const store::Store& store);

private:
    struct Item {
        std::string config;
        std::vector<std::string> tags;
        std::vector<std::string> layers;
    };

    Document root(const Platform& platform, const base::Context& context) override;
    std::string path_of(const Descriptor& blob) const override;

    std::string known_name() const override { return known_name_; }

    std::vector<Item> read_items() const;
    Item choose(const std::vector<Item>& items) const;
    Descriptor
    describe(const std::string& path, std::string media_type, const base::Context& context);

    const ArchiveFiles& archive_;
    std::string wanted_;
    std::string known_name_;
    std::map<crypto::Digest, std::string> paths_;
};

} // namespace imgbuild::oci
