// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_maker.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "compress/crc32.hpp"
#include "pack/newc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

namespace imgbuild::pack {

namespace {

/// Changes when the same slices give other bytes, or the form of a kept chunk changes.
constexpr int chunk_version = 1;

/// A kept chunk begins with the checksum and the size of what was compressed.
constexpr std::size_t kept_header_size = 12;

void append_little_endian(std::string& text, std::uint64_t value, unsigned bytes) {
    for (unsigned byte = 0; byte < bytes; ++byte) {
        text += static_cast<char>(value >> (8 * byte) & 0xFFU);
    }
}

std::uint64_t little_endian(std::string_view text) {
    std::uint64_t value = 0;
    for (std::size_t byte = text.size(); byte > 0; --byte) {
        value = value << 8U | static_cast<unsigned char>(text[byte - 1]);
    }
    return value;
}

std::string to_kept(const MadeChunk& chunk) {
    std::string kept;
    kept.reserve(kept_header_size + chunk.bytes.size());
    append_little_endian(kept, chunk.crc, 4);
    append_little_endian(kept, chunk.archive_size, 8);
    kept += chunk.bytes;
    return kept;
}

std::optional<MadeChunk> from_kept(std::string kept, std::uint64_t wanted_size) {
    if (kept.size() < kept_header_size) {
        return std::nullopt;
    }
    const std::string_view text = kept;
    MadeChunk chunk;
    chunk.crc = static_cast<std::uint32_t>(little_endian(text.substr(0, 4)));
    chunk.archive_size = little_endian(text.substr(4, 8));
    if (chunk.archive_size != wanted_size) {
        return std::nullopt;
    }
    kept.erase(0, kept_header_size);
    chunk.bytes = std::move(kept);
    chunk.cached = true;
    return chunk;
}

compress::DeflateEffort effort_of(Compression compression) {
    switch (compression) {
    case Compression::fast:
        return compress::DeflateEffort::fast;
    case Compression::small:
        return compress::DeflateEffort::small;
    case Compression::standard:
    case Compression::none:
        break;
    }
    return compress::DeflateEffort::standard;
}

} // namespace

ChunkMaker::ChunkMaker(const ChunkInputs& inputs)
    : inputs_(inputs) {
    if (inputs.compression != Compression::none) {
        encoder_ = compress::make_deflate_encoder(effort_of(inputs.compression));
        encoder_name_ = compress::deflate_encoder_name(effort_of(inputs.compression));
    }
}

std::uint64_t ChunkMaker::memory_for(std::uint64_t chunk_size) {
    // The result and its copy for the cache.
    return 2 * chunk_size;
}

std::string ChunkMaker::header_of(const PlacedEntry& placed) const {
    return newc_header(
        *placed.entry, {placed.inode, placed.links, placed.content_size, inputs_.latest_time});
}

std::string ChunkMaker::key_text(const Chunk& chunk) const {
    std::string text = fmt::format("imgbuild chunk {}\n{}\n", chunk_version, encoder_name_);
    for (const Slice& slice : chunk.slices) {
        const PlacedEntry& placed = inputs_.layout.entries[slice.entry];
        const std::string header = slice.offset == 0 ? header_of(placed) : std::string();
        append_little_endian(text, header.size(), 8);
        text += header;
        append_little_endian(text, slice.offset, 8);
        append_little_endian(text, slice.size, 8);
        if (slice.size > 0) {
            const auto& digest = placed.entry->digest.value().bytes;
            text.append(digest.begin(), digest.end());
        }
    }
    return text;
}

/// The chunk's bytes, in `room_`.
std::string_view ChunkMaker::assemble(const Chunk& chunk) {
    const auto size = static_cast<std::size_t>(chunk.size);
    if (room_.size() < size) {
        room_.resize(size);
    }
    std::span<char> rest = std::span(room_).first(size);
    const auto take = [&rest](std::uint64_t count) {
        const std::span<char> taken = rest.first(static_cast<std::size_t>(count));
        rest = rest.subspan(taken.size());
        return taken;
    };
    for (const Slice& slice : chunk.slices) {
        const PlacedEntry& placed = inputs_.layout.entries[slice.entry];
        if (slice.offset == 0) {
            const std::string header = header_of(placed);
            std::copy(header.begin(), header.end(), take(header.size()).begin());
        }
        if (slice.size == 0) {
            continue;
        }
        base::throw_if_stopped(inputs_.stop);
        const auto content = std::as_writable_bytes(take(slice.size));
        inputs_.content.read(*placed.entry, slice.offset, content);
        inputs_.check.check(slice, content);
        if (slice.offset + slice.size == placed.content_size) {
            const std::span<char> padding = take(newc_padding(placed.content_size));
            std::fill(padding.begin(), padding.end(), '\0');
        }
    }
    return std::string_view(room_).substr(0, size);
}

std::size_t ChunkMaker::count_for(const Layout& layout, const base::ThreadPool& pool) {
    constexpr std::size_t most_at_once = 16;
    return std::min({std::size_t{pool.size()}, layout.chunks.size(), most_at_once});
}

MadeChunk ChunkMaker::make(std::size_t number) {
    base::throw_if_stopped(inputs_.stop);
    const Chunk& chunk = inputs_.layout.chunks[number];
    if (!encoder_) {
        return encode(assemble(chunk));
    }
    const crypto::Digest key = crypto::sha256(key_text(chunk));
    if (std::optional<std::string> kept = inputs_.cache.find(key)) {
        if (std::optional<MadeChunk> found = from_kept(std::move(*kept), chunk.size)) {
            return std::move(*found);
        }
    }
    return make_new(chunk, key);
}

MadeChunk ChunkMaker::make_new(const Chunk& chunk, const crypto::Digest& key) {
    MadeChunk made = encode(assemble(chunk));
    const std::string kept = to_kept(made);
    inputs_.cache.put(key, std::as_bytes(std::span(kept)));
    return made;
}

bool ChunkMaker::keep(std::size_t number) {
    const Chunk& chunk = inputs_.layout.chunks[number];
    const crypto::Digest key = crypto::sha256(key_text(chunk));
    if (inputs_.cache.has(key)) {
        return false;
    }
    make_new(chunk, key);
    return true;
}

MadeChunk ChunkMaker::encode(std::string_view bytes) {
    MadeChunk made;
    made.archive_size = bytes.size();
    if (!encoder_) {
        made.bytes = bytes;
        return made;
    }
    const auto input = std::as_bytes(std::span(bytes));
    made.crc = compress::crc32(input);
    made.bytes = encoder_->encode(input);
    return made;
}

} // namespace imgbuild::pack
