// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/client.hpp"

#include <string>
#include <utility>

namespace imgbuild::net {

/// Collects a transfer in memory. `Request::size_limit` bounds it.
class StringSink final : public Sink {
public:
    void write(std::span<const std::byte> bytes) override {
        text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    void restart() override { text_.clear(); }

    const std::string& text() const { return text_; }

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

} // namespace imgbuild::net
