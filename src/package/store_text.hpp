// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "net/client.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::package {

/// Keeps a text as a blob. @param name for messages.
crypto::Digest put_text(const store::Store& store, std::string_view text, const std::string& name);

/// The blob as text; nothing if it is missing or damaged (it is set aside then), so that the caller
/// makes it anew.
std::optional<std::string> find_text(const store::Store& store, const crypto::Digest& digest);

/// Reads the blob; false if it is missing or damaged (it is set aside then), so that the caller fetches
/// it anew.
bool has_sound_blob(const store::Store& store, const crypto::Digest& digest);

/// Takes a transfer into a blob that is published only when it is complete and right. Opens its file
/// with the first byte, so that hundreds of waiting transfers need no descriptors.
class BlobSink final : public net::Sink {
public:
    /// @param store outlives the sink.
    explicit BlobSink(const store::Store& store)
        : store_(store) {}

    void write(std::span<const std::byte> bytes) override;
    void restart() override;

    /// @throws base::IntegrityError (exit code 3) if `expected` is given and is not the digest of what
    ///         came. @param name of the file for messages.
    crypto::Digest publish(const std::optional<crypto::Digest>& expected, const std::string& name);

private:
    const store::Store& store_;
    std::optional<store::BlobWriter> writer_;
};

} // namespace imgbuild::package
