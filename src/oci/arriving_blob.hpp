// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/blob_fetch.hpp"
#include "store/blob_writer.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace imgbuild::oci {

/// What the blobs of one fetch and their readers wait for. Thread-safe.
struct FetchProgress {
    /// The first failure stays; everybody who waits for bytes gets it.
    void fail(std::exception_ptr cause);
    /// Nothing more will come. @param cause empty: all went well, unless something failed before.
    void end(std::exception_ptr cause);
    void wait_for_end();

    std::mutex mutex;
    std::condition_variable changed;
    std::exception_ptr failure;
    bool ended = false;
};

/// One blob on its way into the store: the bytes go to a file, and readers follow behind in that file,
/// each at its own speed.
class ArrivingBlob final : public BlobReceiver {
public:
    /// @param on_complete called once the digest is proved; publishes it at leisure.
    ArrivingBlob(
        FetchProgress& progress,
        const store::Store& store,
        const Descriptor& blob,
        std::function<void(ArrivingBlob&)> on_complete);

    void write(std::span<const std::byte> bytes) override;
    void restart() override;
    void complete() override;

    std::uint64_t received() const override { return position_; }

    void publish();

    std::unique_ptr<BlobStream> open();

private:
    friend class ArrivingStream;

    store::BlobWriter& writer();

    FetchProgress& progress_;
    const Descriptor blob_;
    const std::string name_;
    std::function<void(ArrivingBlob&)> on_complete_;
    const store::Store& store_;
    /// Made with the first byte, so that blobs that wait for their turn need no descriptors.
    std::optional<store::BlobWriter> writer_;
    /// Of the next byte that comes; behind the writer's size after a restart.
    std::uint64_t position_ = 0;

    // Guarded by progress_.mutex; the descriptor stays as it is once there are bytes.
    base::UniqueFd reader_;
    std::uint64_t available_ = 0;
    bool is_proven_ = false;
};

} // namespace imgbuild::oci
