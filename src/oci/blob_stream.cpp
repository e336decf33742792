// SPDX-License-Identifier: Apache-2.0
#include "oci/blob_stream.hpp"

#include "base/error.hpp"

#include <utility>

namespace imgbuild::oci {

FileBlobStream::FileBlobStream(ImageFiles::File file, const Descriptor& blob, std::string name)
    : file_(std::move(file))
    , blob_(blob)
    , name_(std::move(name)) {}

std::size_t FileBlobStream::read(std::span<std::byte> buffer) {
    const std::size_t count = file_.read(buffer, position_, name_);
    hash_.update(buffer.first(count));
    position_ += count;
    if (count == 0 && !buffer.empty() && !is_proven_) {
        const crypto::Digest found = hash_.finish();
        if (found != blob_.digest) {
            throw base::IntegrityError(
                name_, "sha256 " + blob_.digest.hex(), "sha256 " + found.hex());
        }
        is_proven_ = true;
    }
    return count;
}

} // namespace imgbuild::oci
