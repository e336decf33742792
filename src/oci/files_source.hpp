// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/image_files.hpp"
#include "oci/image_source.hpp"
#include "oci/pin_image.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>

namespace imgbuild::oci {

/// An image that consists of files. The ways to lay them out differ in where the first document is and
/// what a blob's file is called.
class FilesSource : public ImageSource {
public:
    PinnedImage resolve(const Platform& platform, const base::Context& context) final;

    std::unique_ptr<BlobStream> open_local(const Descriptor& blob) const final;

    void bring(
        const std::vector<BlobOrder>& orders,
        const std::string& title,
        const base::Context& context) final;

protected:
    /// @param name the whole reference, for messages.
    FilesSource(std::string name, std::unique_ptr<ImageFiles> files, const store::Store& store);

    /// Where the search for the image begins: its manifest, or an index.
    virtual Document root(const Platform& platform, const base::Context& context) = 0;

    virtual std::string path_of(const Descriptor& blob) const = 0;

    /// "docker.io/library/debian:12" if the files tell; else "".
    virtual std::string known_name() const = 0;

    std::string read_blob(const Descriptor& blob) const;

    const std::string& name() const noexcept { return name_; }

    const ImageFiles& files() const noexcept { return *files_; }

    const store::Store& store() const noexcept { return store_; }

private:
    void take_name(PinnedImage& image, const base::Context& context) const;

    std::string name_;
    std::unique_ptr<ImageFiles> files_;
    const store::Store& store_;
};

} // namespace imgbuild::oci
