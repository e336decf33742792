// SPDX-License-Identifier: Apache-2.0
#include "images/parallel_gzip.hpp"

#include "base/thread_pool.hpp"
#include "compress/crc32.hpp"
#include "compress/deflate_encoder.hpp"
#include "compress/gzip_member.hpp"

#include <algorithm>
#include <utility>

namespace imgbuild::images {

namespace {

/// Each is compressed by itself; a loss of some tenths of a percent.
constexpr std::size_t piece = std::size_t{1} << 20U;
constexpr std::size_t pieces_at_once = 16;

} // namespace

ParallelGzip::ParallelGzip(
    std::function<void(std::span<const std::byte>)> write, const base::Context& context)
    : write_(std::move(write))
    , context_(context) {
    pending_.reserve(piece * pieces_at_once);
    this->write(compress::gzip_header());
}

void ParallelGzip::write(const std::string& text) const {
    write_(std::as_bytes(std::span(text.data(), text.size())));
}

void ParallelGzip::add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const std::size_t room = piece * pieces_at_once - pending_.size();
        const auto part = bytes.first(std::min(room, bytes.size()));
        pending_.insert(pending_.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
        if (pending_.size() == piece * pieces_at_once) {
            flush();
        }
    }
}

void ParallelGzip::flush() {
    const std::size_t count = (pending_.size() + piece - 1) / piece;
    std::vector<std::string> compressed(count);
    base::parallel_for(context_.pool, context_.stop, count, [&](std::size_t i) {
        const auto all = std::span<const std::byte>(pending_);
        const auto part = all.subspan(i * piece, std::min(piece, all.size() - i * piece));
        compressed[i] =
            compress::make_deflate_encoder(compress::DeflateEffort::standard)->encode(part);
    });
    for (const std::string& one : compressed) {
        write(one);
    }
    const auto all = std::span<const std::byte>(pending_);
    checksum_ = compress::join_crc32(checksum_, compress::crc32(all), all.size());
    size_ += all.size();
    pending_.clear();
}

void ParallelGzip::finish() {
    flush();
    write(compress::gzip_end(checksum_, size_));
}

} // namespace imgbuild::images
