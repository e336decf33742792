// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/thread_pool.hpp"
#include "compress/deflate_encoder.hpp"
#include "pack/chunk_cache.hpp"
#include "pack/compression.hpp"
#include "pack/content_check.hpp"
#include "pack/content_source.hpp"
#include "pack/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace imgbuild::pack {

/// A chunk as it stands in the file.
struct MadeChunk {
    std::string bytes;
    /// Of what was compressed.
    std::uint32_t crc = 0;
    std::uint64_t archive_size = 0;
    bool cached = false;
};

/// What all makers of one archive share; it outlives them.
struct ChunkInputs {
    const Layout& layout;
    const ContentSource& content;
    const ChunkCache& cache;
    const ContentCheck& check;
    Compression compression = Compression::standard;
    std::int64_t latest_time = 0;
    std::stop_token stop;
};

/// Makes chunks, one after the other: takes them from the cache, or reads and compresses what belongs
/// in them and puts them there. Not thread-safe: each thread has its own.
class ChunkMaker {
public:
    /// How many of them work on an archive side by side: one a thread, but no more than have their share of
    /// the packer's memory.
    static std::size_t count_for(const Layout& layout, const base::ThreadPool& pool);

    explicit ChunkMaker(const ChunkInputs& inputs);

    /// @param number index into Layout::chunks.
    MadeChunk make(std::size_t number);

    /// Puts the chunk into the cache if it is not there. There is a compression.
    /// @returns whether it had to be made.
    bool keep(std::size_t number);

    /// Compresses bytes that are no chunk of the layout, such as the archive's end.
    MadeChunk encode(std::string_view bytes);

    /// The most memory that making a chunk of this size takes, besides what the maker always has.
    static std::uint64_t memory_for(std::uint64_t chunk_size);

private:
    std::string key_text(const Chunk& chunk) const;
    std::string header_of(const PlacedEntry& placed) const;
    MadeChunk make_new(const Chunk& chunk, const crypto::Digest& key);
    std::string_view assemble(const Chunk& chunk);

    const ChunkInputs& inputs_;
    std::unique_ptr<compress::DeflateEncoder> encoder_;
    std::string encoder_name_;
    /// Room for the archive's bytes of the chunk that is being made. Never gets smaller: making it larger
    /// means filling it with zeros.
    std::string room_;
};

} // namespace imgbuild::pack
