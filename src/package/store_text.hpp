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

/// The blob as text; nothing if it is missing or damaged, so that the caller makes it anew.
std::optional<std::string> find_text(const store::Store& store, const crypto::Digest& digest);

/// Takes a transfer into a blob that is published only when it is complete and right.
class BlobSink final : public net::Sink {
public:
    explicit BlobSink(const store::Store& store)
        : writer_(store.new_blob()) {}

    void write(std::span<const std::byte> bytes) override { writer_.write(bytes); }

    void restart() override { writer_.restart(); }

    store::BlobWriter& writer() noexcept { return writer_; }

private:
    store::BlobWriter writer_;
};

} // namespace imgbuild::package
