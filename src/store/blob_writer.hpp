// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "crypto/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace imgbuild::store {

/// A blob on its way into the store. Dropping it without `publish` removes what was written.
class BlobWriter {
public:
    /// @param temporary_path a file in the store's work/ whose descriptor, with its lock, is `fd`.
    BlobWriter(std::string store_path, std::string temporary_path, base::UniqueFd fd);
    BlobWriter(BlobWriter&&) noexcept = default;
    BlobWriter& operator=(BlobWriter&&) = delete;
    BlobWriter(const BlobWriter&) = delete;
    BlobWriter& operator=(const BlobWriter&) = delete;
    ~BlobWriter();

    /// @throws base::SystemError naming the store, for instance if there is no space left in it.
    void write(std::span<const std::byte> bytes);

    /// Forgets what was written (a transfer starts over).
    void restart();

    std::uint64_t size() const noexcept { return size_; }

    /// What was written so far, for reading at offsets (pread) while more comes; stays readable after
    /// this object is gone.
    base::UniqueFd open_for_reading() const;

    /// No more bytes will come. @throws base::IntegrityError as `publish`, without touching the disk.
    crypto::Digest finish(const std::optional<crypto::Digest>& expected, const std::string& name);

    /// Makes the blob visible under its digest. Its content is on the disk before its name is. Called once; `finish` may come before.
    /// @throws base::IntegrityError if `expected` is given and is not the digest of what was written.
    /// @param name of what was written, for that message.
    crypto::Digest publish(const std::optional<crypto::Digest>& expected, const std::string& name);

    /// Makes it visible as `path` instead, without syncing it; its digest stands behind the content
    /// (seal_size bytes). Called once.
    void publish_sealed(const std::string& path);

private:
    std::string store_path_;
    std::string temporary_path_;
    base::UniqueFd fd_;
    crypto::Sha256 hash_;
    std::uint64_t size_ = 0;
    /// Set by `finish`.
    std::optional<crypto::Digest> digest_;
};

} // namespace imgbuild::store
