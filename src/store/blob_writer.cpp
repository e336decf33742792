// SPDX-License-Identifier: Apache-2.0
#include "store/blob_writer.hpp"

#include "base/error.hpp"
#include "store/layout.hpp"

#include <utility>

namespace imgbuild::store {

BlobWriter::BlobWriter(std::string store_path, PartFile file)
    : store_path_(std::move(store_path))
    , file_(std::move(file)) {}

void BlobWriter::write(std::span<const std::byte> bytes) {
    file_.write(bytes);
    hash_.update(bytes);
}

void BlobWriter::restart() {
    file_.restart();
    hash_ = crypto::Sha256();
    digest_.reset();
}

crypto::Digest
BlobWriter::finish(const std::optional<crypto::Digest>& expected, const std::string& name) {
    if (!digest_) {
        digest_ = hash_.finish();
    }
    if (expected && *expected != *digest_) {
        throw base::IntegrityError(name, "sha256 " + expected->hex(), "sha256 " + digest_->hex());
    }
    return *digest_;
}

crypto::Digest
BlobWriter::publish(const std::optional<crypto::Digest>& expected, const std::string& name) {
    const crypto::Digest digest = finish(expected, name);
    file_.sync();
    // Replacing an equal blob is harmless, and repairs one whose bytes have gone bad.
    file_.move_to(blob_file(store_path_, digest));
    return digest;
}

} // namespace imgbuild::store
