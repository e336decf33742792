// SPDX-License-Identifier: Apache-2.0
#include "oci/arriving_blob.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::oci {

void FetchProgress::fail(std::exception_ptr cause) {
    const std::lock_guard lock(mutex);
    if (!failure) {
        failure = std::move(cause);
    }
    changed.notify_all();
}

void FetchProgress::end(std::exception_ptr cause) {
    const std::lock_guard lock(mutex);
    if (!failure) {
        failure = std::move(cause);
    }
    ended = true;
    changed.notify_all();
}

void FetchProgress::wait_for_end() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return ended; });
    if (failure) {
        std::rethrow_exception(failure);
    }
}

/// Follows the bytes of one arriving blob.
class ArrivingStream final : public BlobStream {
public:
    explicit ArrivingStream(ArrivingBlob& blob)
        : blob_(blob) {}

    std::size_t read(std::span<std::byte> buffer) override {
        const std::uint64_t available = wait_for_bytes();
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), available - position_));
        const std::size_t count =
            base::read_at(blob_.reader_.get(), buffer.first(wanted), position_, blob_.name_);
        position_ += count;
        return count;
    }

private:
    /// @returns how many bytes there are; `position_` only at the proved end.
    std::uint64_t wait_for_bytes() {
        FetchProgress& progress = blob_.progress_;
        std::unique_lock lock(progress.mutex);
        progress.changed.wait(lock, [this, &progress] {
            return blob_.available_ > position_ || blob_.is_proven_ || progress.failure ||
                   progress.ended;
        });
        if (blob_.available_ > position_ || blob_.is_proven_) {
            return blob_.available_;
        }
        if (progress.failure) {
            std::rethrow_exception(progress.failure);
        }
        throw base::Error(blob_.name_ + " was not brought");
    }

    ArrivingBlob& blob_;
    std::uint64_t position_ = 0;
};

ArrivingBlob::ArrivingBlob(
    FetchProgress& progress,
    const store::Store& store,
    const Descriptor& blob,
    std::function<void(ArrivingBlob&)> on_complete)
    : progress_(progress)
    , blob_(blob)
    , name_("blob " + to_string(blob.digest))
    , on_complete_(std::move(on_complete))
    , store_(store) {}

store::BlobWriter& ArrivingBlob::writer() {
    if (!writer_) {
        writer_.emplace(store_.new_blob());
        base::UniqueFd reader = writer_->open_for_reading();
        const std::lock_guard lock(progress_.mutex);
        reader_ = std::move(reader);
    }
    return *writer_;
}

void ArrivingBlob::write(std::span<const std::byte> bytes) {
    if (bytes.size() > blob_.size - position_) {
        throw base::IntegrityError(
            name_,
            fmt::format("{} bytes", blob_.size),
            fmt::format("more than {} bytes", blob_.size));
    }
    // After a restart the first bytes are there already. Were they others, the digest will tell.
    const std::uint64_t known = writer().size() - std::min(writer().size(), position_);
    position_ += bytes.size();
    const std::span<const std::byte> fresh =
        bytes.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(known, bytes.size())));
    if (fresh.empty()) {
        return;
    }
    writer().write(fresh);
    const std::lock_guard lock(progress_.mutex);
    available_ = writer().size();
    progress_.changed.notify_all();
}

void ArrivingBlob::restart() {
    position_ = 0;
}

void ArrivingBlob::complete() {
    if (position_ != blob_.size) {
        throw base::IntegrityError(
            name_, fmt::format("{} bytes", blob_.size), fmt::format("{} bytes", position_));
    }
    (void)writer().finish(blob_.digest, name_);
    {
        const std::lock_guard lock(progress_.mutex);
        if (is_proven_) {
            // It came once more, from the next mirror, since another blob had not come whole.
            return;
        }
        is_proven_ = true;
        progress_.changed.notify_all();
    }
    on_complete_(*this);
}

void ArrivingBlob::publish() {
    (void)writer().publish(blob_.digest, name_);
}

std::unique_ptr<BlobStream> ArrivingBlob::open() {
    return std::make_unique<ArrivingStream>(*this);
}

} // namespace imgbuild::oci
