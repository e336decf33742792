// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/stream_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::compress {

/// The compressed bytes that a decoder has in hand.
class InputWindow {
public:
    InputWindow(ByteSource source, std::string name)
        : source_(std::move(source))
        , name_(std::move(name))
        , buffer_(std::size_t{1} << 17U) {}

    const std::string& name() const noexcept { return name_; }

    std::span<std::byte> bytes() noexcept {
        return std::span(buffer_).subspan(start_, end_ - start_);
    }

    void consume(std::size_t count) noexcept { start_ += count; }

    /// Reads until there are `wanted` bytes or the stream ends. @returns whether there are.
    bool fill(std::size_t wanted = 1) {
        while (end_ - start_ < wanted && !at_end_) {
            if (start_ > 0) {
                std::move(
                    buffer_.begin() + static_cast<std::ptrdiff_t>(start_),
                    buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
                    buffer_.begin());
                end_ -= std::exchange(start_, 0);
            }
            const std::size_t got = source_(std::span(buffer_).subspan(end_));
            at_end_ = got == 0;
            end_ += got;
        }
        return end_ - start_ >= wanted;
    }

private:
    ByteSource source_;
    std::string name_;
    std::vector<std::byte> buffer_;
    std::size_t start_ = 0;
    std::size_t end_ = 0;
    bool at_end_ = false;
};

} // namespace imgbuild::compress
