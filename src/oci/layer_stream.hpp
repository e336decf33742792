// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/tar_reader.hpp"
#include "compress/stream_decoder.hpp"
#include "crypto/digest.hpp"
#include "oci/piece_ring.hpp"
#include "store/expanded_writer.hpp"

#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace imgbuild::oci {

/// What a layer's blob must turn out to be.
struct LayerPromise {
    std::optional<std::uint64_t> size;
    /// Nothing: somebody else checks it.
    std::optional<crypto::Digest> digest;
    /// Of the layer when it is decompressed.
    std::optional<crypto::Digest> diff_id;
    /// More decompressed bytes than this are an error.
    std::uint64_t most_bytes = std::uint64_t{1} << 40U;
};

/// What it was.
struct LayerFacts {
    compress::Codec codec = compress::Codec::none;
    std::uint64_t size = 0;
    std::uint64_t diff_size = 0;
    crypto::Digest diff_id;
};

/// The decompressed bytes of a layer's blob. One thread decompresses and hashes the blob, a second one
/// hashes what comes out and copies it where that is wanted, the caller's works with it.
class LayerStream final : public archive::ByteStream {
public:
    /// @param blob read on another thread. @param name how messages call the layer.
    /// @param copy gets what comes out.
    LayerStream(
        compress::ByteSource blob,
        std::string name,
        const LayerPromise& promise,
        std::stop_token stop,
        std::optional<store::ExpandedWriter> copy = std::nullopt);
    LayerStream(const LayerStream&) = delete;
    LayerStream& operator=(const LayerStream&) = delete;
    ~LayerStream() override;

    /// @throws base::Error if the blob is damaged or larger than promised; base::Interrupted.
    std::span<const std::byte> next_piece() override;

    /// To be called when all was read: compares with what was promised.
    /// @throws base::IntegrityError
    LayerFacts finish();

    /// After `finish`: the copy, whole, if one was wanted.
    /// @throws base::Error if it could not be written.
    std::optional<store::ExpandedWriter> take_copy();

private:
    void decompress(const compress::ByteSource& blob);
    void decode(const compress::ByteSource& blob);
    void hash();
    void copy_piece(std::span<const std::byte> piece) noexcept;

    std::string name_;
    LayerPromise promise_;
    std::stop_token stop_;
    PieceRing ring_;
    LayerFacts facts_;
    crypto::Digest digest_;
    std::optional<store::ExpandedWriter> copy_;
    std::exception_ptr copy_failure_;
    /// Last: they use all of the above.
    std::thread decoder_;
    std::thread hasher_;
};

/// A limit for what a blob of that size may decompress to: hostile ones grow a thousandfold.
std::uint64_t expansion_limit(std::uint64_t compressed_size);

} // namespace imgbuild::oci
