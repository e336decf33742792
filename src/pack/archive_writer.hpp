// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "crypto/digest.hpp"
#include "pack/chunk_cache.hpp"
#include "pack/compression.hpp"
#include "pack/content_source.hpp"
#include "pack/layout.hpp"
#include "tree/seen_contents.hpp"

#include <cstdint>
#include <string>

namespace imgbuild::pack {

/// What an archive is made from, and where it goes. All of it outlives the call.
struct ArchiveJob {
    /// Its regular files have digests.
    const Layout& layout;
    const ContentSource& content;
    const ChunkCache& cache;
    Compression compression = Compression::standard;
    /// Later times become this one.
    std::int64_t latest_time = 0;
    /// An empty file, open for writing, and its name for messages.
    int output = -1;
    std::string output_name;
    /// Contents that need not be hashed by SHA-256 again; nullptr: none.
    const tree::SeenContents* seen = nullptr;
};

struct WrittenArchive {
    std::uint64_t archive_size = 0;
    std::uint64_t size = 0;
    crypto::Digest digest;
    std::uint64_t cached_chunks = 0;
};

/// Writes the archive that the layout says, compressed into one gzip member unless there is no
/// compression. Chunks are made on the context's threads, within 256 MiB of memory.
/// @throws base::SystemError if the output can't be written.
WrittenArchive write_archive(const ArchiveJob& job, const base::Context& context);

} // namespace imgbuild::pack
