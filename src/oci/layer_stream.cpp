// SPDX-License-Identifier: Apache-2.0
#include "oci/layer_stream.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace imgbuild::oci {

namespace {

constexpr std::size_t applier = 0;
constexpr std::size_t hasher = 1;

std::string sha256_text(const crypto::Digest& digest) {
    return "sha256:" + digest.hex();
}

void compare(
    const std::string& object,
    const std::optional<crypto::Digest>& wanted,
    const crypto::Digest& found) {
    if (wanted && *wanted != found) {
        throw base::IntegrityError(object, sha256_text(*wanted), sha256_text(found));
    }
}

} // namespace

LayerStream::LayerStream(
    compress::ByteSource blob,
    std::string name,
    const LayerPromise& promise,
    std::stop_token stop,
    std::optional<store::ExpandedWriter> copy)
    : name_(std::move(name))
    , promise_(promise)
    , stop_(std::move(stop))
    , copy_(std::move(copy))
    , decoder_([this, blob = std::move(blob)] { decompress(blob); }) {
    try {
        hasher_ = std::thread([this] { hash(); });
    } catch (...) {
        ring_.abandon();
        decoder_.join();
        throw;
    }
}

LayerStream::~LayerStream() {
    ring_.abandon();
    for (std::thread* const thread : {&decoder_, &hasher_}) {
        if (thread->joinable()) {
            thread->join();
        }
    }
}

void LayerStream::decompress(const compress::ByteSource& blob) {
    try {
        crypto::Sha256 digest;
        const auto counted = [&](std::span<std::byte> buffer) {
            base::throw_if_stopped(stop_);
            const std::size_t got = blob(buffer);
            if (promise_.digest) {
                digest.update(buffer.first(got));
            }
            facts_.size += got;
            if (promise_.size && facts_.size > *promise_.size) {
                throw base::IntegrityError(
                    name_, fmt::format("{} bytes", *promise_.size), "more of them");
            }
            return got;
        };
        try {
            decode(counted);
        } catch (const base::Error&) {
            // A blob that does not decompress may be another one than was promised: whoever checks its
            // digest finds out at its end.
            std::vector<std::byte> rest(PieceRing::piece_size);
            while (counted(rest) != 0) {
            }
            compare(name_, promise_.digest, digest.finish());
            throw;
        }
        digest_ = digest.finish();
        ring_.close(nullptr);
    } catch (...) {
        ring_.close(std::current_exception());
    }
}

void LayerStream::decode(const compress::ByteSource& blob) {
    const auto decoder = compress::make_stream_decoder(blob, name_);
    facts_.codec = decoder->codec();
    for (;;) {
        const std::span<std::byte> room = ring_.room();
        const std::size_t got = room.empty() ? 0 : decoder->read(room);
        if (got == 0) {
            return;
        }
        facts_.diff_size += got;
        if (facts_.diff_size > promise_.most_bytes) {
            throw base::Error(fmt::format(
                                  "{}: {} decompress to more than {}",
                                  name_,
                                  base::format_bytes(facts_.size),
                                  base::format_bytes(promise_.most_bytes)))
                .set_hint("this looks like a decompression bomb");
        }
        ring_.push(got);
    }
}

void LayerStream::hash() {
    try {
        crypto::Sha256 digest;
        for (;;) {
            const std::span<const std::byte> piece = ring_.next(hasher);
            if (piece.empty()) {
                facts_.diff_id = digest.finish();
                return;
            }
            digest.update(piece);
            copy_piece(piece);
        }
    } catch (...) {
        // What the decoder failed with is thrown to the caller too. Should hashing itself fail, the
        // digest stays empty, and nothing fits it.
        ring_.abandon();
    }
}

/// A copy that can't be written is no reason to give up the layer.
void LayerStream::copy_piece(std::span<const std::byte> piece) noexcept {
    if (!copy_) {
        return;
    }
    try {
        copy_->write(piece);
    } catch (...) {
        copy_failure_ = std::current_exception();
        copy_.reset();
    }
}

std::optional<store::ExpandedWriter> LayerStream::take_copy() {
    if (copy_failure_) {
        std::rethrow_exception(copy_failure_);
    }
    return std::move(copy_);
}

std::span<const std::byte> LayerStream::next_piece() {
    base::throw_if_stopped(stop_);
    return ring_.next(applier);
}

LayerFacts LayerStream::finish() {
    while (!next_piece().empty()) {
    }
    decoder_.join();
    hasher_.join();
    if (promise_.size && facts_.size != *promise_.size) {
        throw base::IntegrityError(
            name_, fmt::format("{} bytes", *promise_.size), fmt::format("{} bytes", facts_.size));
    }
    compare(name_, promise_.digest, digest_);
    compare(fmt::format("{}, decompressed", name_), promise_.diff_id, facts_.diff_id);
    return facts_;
}

std::uint64_t expansion_limit(std::uint64_t compressed_size) {
    constexpr std::uint64_t always_allowed = std::uint64_t{4} << 30U;
    constexpr std::uint64_t ratio = 200;
    return std::max(always_allowed, compressed_size * ratio);
}

} // namespace imgbuild::oci
