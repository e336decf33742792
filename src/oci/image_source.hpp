// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "oci/blob_stream.hpp"
#include "oci/pinned_image.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// Takes a blob's bytes as they come. Called on one thread at a time.
class BlobReceiver {
public:
    BlobReceiver() = default;
    BlobReceiver(const BlobReceiver&) = delete;
    BlobReceiver& operator=(const BlobReceiver&) = delete;
    virtual ~BlobReceiver() = default;

    /// @throws base::Error if that is more than the descriptor says; if the store is full.
    virtual void write(std::span<const std::byte> bytes) = 0;

    /// The next bytes are the blob's first ones again. Those that came already are not taken twice.
    virtual void restart() = 0;

    /// All is there. @throws base::IntegrityError if size or digest are not the descriptor's.
    virtual void complete() = 0;

    /// How many bytes came, to be continued from there.
    virtual std::uint64_t received() const = 0;
};

struct BlobOrder {
    Descriptor blob;
    BlobReceiver* receiver = nullptr;
};

/// One image somewhere: in a registry, a directory, an archive. Opened by `open_image_source`.
/// Used by one thread at a time, but `bring` may go on while others read what it brought (BlobFetch).
class ImageSource {
public:
    ImageSource() = default;
    ImageSource(const ImageSource&) = delete;
    ImageSource& operator=(const ImageSource&) = delete;
    virtual ~ImageSource() = default;

    /// Finds the image for `platform`: reads manifest and config, puts both (and the index) into the
    /// store as blobs, and checks the policy.
    /// @throws base::Error naming the reference and the cause; exit code 3 where trying again won't help.
    virtual PinnedImage resolve(const Platform& platform, const base::Context& context) = 0;

    /// A blob that is a file of this machine, to be read where it is; nothing if it is none. Several
    /// may be open at a time, each for one thread.
    virtual std::unique_ptr<BlobStream> open_local(const Descriptor& /*blob*/) const {
        return nullptr;
    }

    /// Brings blobs of the image, side by side where that helps, in the given order where not. Blocks;
    /// the first failure ends it. Prefer BlobFetch, which puts them into the store.
    /// @param title of the progress activity.
    virtual void bring(
        const std::vector<BlobOrder>& orders,
        const std::string& title,
        const base::Context& context) = 0;
};

} // namespace imgbuild::oci
