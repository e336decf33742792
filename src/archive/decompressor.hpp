// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/reader.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace imgbuild::archive {

/// The content of a compressed stream (xz, gzip, zstd, lz4, bzip2, or not compressed at all), piece by
/// piece. Not thread-safe.
class Decompressor {
public:
    /// @param name how messages call the stream.
    /// @throws base::Error if it is damaged at its start; whatever the source throws.
    Decompressor(Source source, std::string name);
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
    ~Decompressor();

    /// @returns how many bytes came, 0 at the end.
    /// @throws base::Error if the stream is damaged or cut short.
    std::size_t read(std::span<std::byte> buffer);

private:
    class State;
    std::unique_ptr<State> state_;
};

/// All that a stream still has. @param name for messages.
/// @throws base::Error as `Decompressor::read`, or if it is larger than `limit` bytes.
std::string read_all(Decompressor& stream, std::size_t limit, const std::string& name);

/// The content of a compressed file (xz, gzip, zstd, lz4, bzip2, or not compressed at all).
/// @throws base::Error if it is damaged, or larger than `limit` bytes.
std::string decompress_file(const std::string& path, std::size_t limit);

} // namespace imgbuild::archive
