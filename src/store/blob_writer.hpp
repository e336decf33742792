// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "crypto/digest.hpp"
#include "store/part_file.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace imgbuild::store {

/// A blob on its way into the store. Dropping it without `publish` removes what was written.
class BlobWriter {
public:
    BlobWriter(std::string store_path, PartFile file);

    /// @throws base::SystemError naming the store, for instance if there is no space left in it.
    void write(std::span<const std::byte> bytes);

    /// Forgets what was written (a transfer starts over).
    void restart();

    std::uint64_t size() const noexcept { return file_.size(); }

    /// As `PartFile::open_for_reading`.
    base::UniqueFd open_for_reading() const { return file_.open_for_reading(); }

    /// No more bytes will come. @throws base::IntegrityError as `publish`, without touching the disk.
    crypto::Digest finish(const std::optional<crypto::Digest>& expected, const std::string& name);

    /// Makes the blob visible under its digest. Its content is on the disk before its name is. Called
    /// once; `finish` may come before.
    /// @throws base::IntegrityError if `expected` is given and is not the digest of what was written.
    /// @param name of what was written, for that message.
    crypto::Digest publish(const std::optional<crypto::Digest>& expected, const std::string& name);

private:
    std::string store_path_;
    PartFile file_;
    crypto::Sha256 hash_;
    /// Set by `finish`.
    std::optional<crypto::Digest> digest_;
};

} // namespace imgbuild::store
