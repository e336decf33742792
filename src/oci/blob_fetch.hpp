// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "oci/blob_stream.hpp"
#include "oci/image_source.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace imgbuild::oci {

/// What becomes of blobs that can be read where they are, as files of this machine.
enum class LocalBlobs {
    /// They are brought into the store, too.
    keep,
    /// They are read there, and the store does not get them.
    read_in_place,
};

/// Blobs on their way into the store; those that the store has already are not brought again. Threads
/// of its own do the work, so several consumers may read at their own speed: what waits for them is in
/// the store's file, not in memory. Thread-safe.
class BlobFetch {
public:
    /// Starts at once. @param title of the progress activity; @param source, store outlive the fetch.
    /// A blob that is listed twice is brought once.
    BlobFetch(
        ImageSource& source,
        const store::Store& store,
        std::vector<Descriptor> blobs,
        std::string title,
        const base::Context& context,
        LocalBlobs local = LocalBlobs::keep);
    BlobFetch(const BlobFetch&) = delete;
    BlobFetch& operator=(const BlobFetch&) = delete;
    /// Ends what is still going on. Complete blobs stay in the store, the others leave nothing behind.
    ~BlobFetch();

    /// A stream of blob number `index`; each one starts at the first byte and is for one thread at a
    /// time. The fetch outlives it.
    std::unique_ptr<BlobStream> open(std::size_t index);

    /// Waits until all blobs are in the store. @throws as BlobStream::read.
    void wait();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The blobs of an image's layers, for BlobFetch. @param first those below it are left out.
std::vector<Descriptor> layer_blobs(const PinnedImage& image, std::size_t first = 0);

} // namespace imgbuild::oci
