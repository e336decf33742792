// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Decompression of a stream, strict and in bounded memory: what follows the compressed data must be
 * more of the same, and the end must be where the format says it is.
 */
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace imgbuild::compress {

enum class Codec { none, gzip, zstd };

/// "uncompressed", "gzip", "zstd"
std::string_view name_of(Codec codec);

/// Told from the first four bytes of a stream; what is neither gzip nor zstd is not compressed.
Codec codec_of(std::span<const std::byte> first_bytes);

/// Gives up to `buffer.size()` bytes, 0 at the end. Throws on error.
using ByteSource = std::function<std::size_t(std::span<std::byte> buffer)>;

/// One pass over a stream. Not thread-safe.
///
/// gzip: any number of members one behind the other, checksums verified; zero bytes may follow the last
/// one. zstd: any number of frames, skippable ones too (zstd:chunked); windows up to 128 MiB.
class StreamDecoder {
public:
    StreamDecoder() = default;
    StreamDecoder(const StreamDecoder&) = delete;
    StreamDecoder& operator=(const StreamDecoder&) = delete;
    virtual ~StreamDecoder() = default;

    virtual Codec codec() const = 0;

    /// Fills the buffer but for the stream's end. @returns how many bytes came, 0 at the end.
    /// @throws base::Error "NAME: …" if the stream is damaged, cut short, or followed by other bytes;
    ///         whatever the source throws.
    virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

/// Finds out how the stream is compressed by its first bytes.
/// @param name how messages call the stream.
std::unique_ptr<StreamDecoder> make_stream_decoder(ByteSource source, std::string name);

} // namespace imgbuild::compress
