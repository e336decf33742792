// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "oci/descriptor.hpp"
#include "oci/image_files.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace imgbuild::oci {

/// Reads a blob from its first byte on, while it may still be arriving.
class BlobStream {
public:
    BlobStream() = default;
    BlobStream(const BlobStream&) = delete;
    BlobStream& operator=(const BlobStream&) = delete;
    virtual ~BlobStream() = default;

    /// Waits for bytes. @returns how many came, at most `buffer.size()`; 0 at the end, and then size and
    /// digest of everything that was read were the descriptor's. Until then nothing is proven.
    /// @throws what ended the fetch (base::Error, base::Interrupted); base::IntegrityError.
    virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

/// A blob that lies in a file.
class FileBlobStream : public BlobStream {
public:
    /// @param name how messages call it.
    FileBlobStream(ImageFiles::File file, const Descriptor& blob, std::string name);

    std::size_t read(std::span<std::byte> buffer) override;

private:
    const ImageFiles::File file_;
    const Descriptor blob_;
    const std::string name_;
    crypto::Sha256 hash_;
    std::uint64_t position_ = 0;
    bool is_proven_ = false;
};

} // namespace imgbuild::oci
