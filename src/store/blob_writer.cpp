// SPDX-License-Identifier: Apache-2.0
#include "store/blob_writer.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace imgbuild::store {

BlobWriter::BlobWriter(std::string store_path, std::string temporary_path, base::UniqueFd fd)
    : store_path_(std::move(store_path))
    , temporary_path_(std::move(temporary_path))
    , fd_(std::move(fd)) {}

BlobWriter::~BlobWriter() {
    if (fd_) {
        ::unlink(temporary_path_.c_str());
    }
}

void BlobWriter::write(std::span<const std::byte> bytes) {
    in_store(store_path_, [&] { base::write_all(fd_.get(), bytes, temporary_path_); });
    hash_.update(bytes);
    size_ += bytes.size();
}

void BlobWriter::restart() {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) {
        base::throw_errno(fmt::format("emptying {}", temporary_path_));
    }
    hash_ = crypto::Sha256();
    digest_.reset();
    size_ = 0;
}

base::UniqueFd BlobWriter::open_for_reading() const {
    base::UniqueFd copy(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) {
        base::throw_errno(fmt::format("opening {}", temporary_path_));
    }
    return copy;
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
    in_store(store_path_, [&] {
        if (::fdatasync(fd_.get()) != 0) {
            base::throw_errno(fmt::format("writing {}", temporary_path_));
        }
        // Replacing an equal blob is harmless, and repairs one whose bytes have gone bad.
        move_into_place(temporary_path_, blob_file(store_path_, digest));
    });
    fd_.reset();
    return digest;
}

void BlobWriter::publish_sealed(const std::string& path) {
    const std::string seal = finish(std::nullopt, path).hex() + "\n";
    in_store(store_path_, [&] {
        base::write_all(fd_.get(), std::as_bytes(std::span(seal)), temporary_path_);
        move_into_place(temporary_path_, path);
    });
    fd_.reset();
}

} // namespace imgbuild::store
