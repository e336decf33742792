// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace imgbuild::images {

/// Compresses a stream on all threads into one gzip member, which depends on the bytes alone.
/// Not thread-safe.
class ParallelGzip {
public:
    /// @param write gets the compressed bytes in order, on the caller's thread.
    ParallelGzip(
        std::function<void(std::span<const std::byte>)> write, const base::Context& context);

    void add(std::span<const std::byte> bytes);

    /// To be called once, at the end.
    void finish();

private:
    void flush();
    void write(const std::string& text) const;

    std::function<void(std::span<const std::byte>)> write_;
    const base::Context& context_;
    std::vector<std::byte> pending_;
    std::uint32_t checksum_ = 0;
    std::uint64_t size_ = 0;
};

} // namespace imgbuild::images
