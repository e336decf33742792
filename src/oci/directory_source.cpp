// SPDX-License-Identifier: Apache-2.0
#include "oci/directory_source.hpp"

#include "oci/document_reader.hpp"

#include <utility>

namespace imgbuild::oci {

DirectorySource::DirectorySource(
    std::string name, std::unique_ptr<ImageFiles> files, const store::Store& store)
    : FilesSource(std::move(name), std::move(files), store) {}

std::string DirectorySource::path_of(const Descriptor& blob) const {
    // Images of an index that was copied whole.
    const std::string manifest = blob.digest.hex() + ".manifest.json";
    return files().open(manifest) ? manifest : blob.digest.hex();
}

Document DirectorySource::root(const Platform&, const base::Context&) {
    std::optional<std::string> text = read_document(files(), "manifest.json");
    if (!text) {
        refuse_document("", "holds no image (manifest.json is missing)");
    }
    Descriptor manifest;
    manifest.digest = crypto::sha256(*text);
    manifest.size = text->size();
    return take_document(manifest, std::move(*text), store(), "manifest.json");
}

} // namespace imgbuild::oci
