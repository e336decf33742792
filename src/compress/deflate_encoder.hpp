// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Encoders that turn pieces of a file into pieces of one deflate stream, independently of each
 * other. What they make depends on the input alone: not on the processor, on what was encoded before
 * or on where the bytes lie in memory.
 */
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace imgbuild::compress {

enum class DeflateEffort { fast, standard, small };

/// Encodes one piece at a time. Not thread-safe: each thread has its own.
class DeflateEncoder {
public:
    DeflateEncoder() = default;
    DeflateEncoder(const DeflateEncoder&) = delete;
    DeflateEncoder& operator=(const DeflateEncoder&) = delete;
    virtual ~DeflateEncoder() = default;

    /// Deflate blocks for `input`, starting and ending at a byte, none of them the last of a stream
    /// and none referring to what stands before it: they may stand behind any other such blocks.
    /// @param input at most 1 GiB.
    virtual std::string encode(std::span<const std::byte> input) = 0;
};

std::unique_ptr<DeflateEncoder> make_deflate_encoder(DeflateEffort effort);

/// Names library, version and level; another name may mean other bytes.
std::string deflate_encoder_name(DeflateEffort effort);

} // namespace imgbuild::compress
