// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Turns a root into a newc cpio archive, compressed into one gzip member by many threads. The same
 * root gives the same bytes, whatever the store held and whatever processor did the work.
 */
#pragma once

#include "base/context.hpp"
#include "crypto/digest.hpp"
#include "pack/compression.hpp"
#include "root/root.hpp"
#include "store/store.hpp"
#include "tree/exclude_patterns.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace imgbuild::pack {

struct PackOptions {
    Compression compression = Compression::standard;
    /// Times later than this become this; seconds since 1970.
    std::int64_t epoch = 0;
    /// What stays out of the image: the patterns of /etc/warewulf/excludes.
    tree::ExcludePatterns excludes;
    /// Paths whose extended attributes, file capabilities among them, are restored at boot.
    std::set<std::string, std::less<>> restored_xattrs;
};

struct PackResult {
    std::uint64_t entries = 0;
    /// Of the cpio archive.
    std::uint64_t archive_size = 0;
    /// Of the files in a node's memory.
    std::uint64_t memory_size = 0;
    /// Of the file that was written.
    std::uint64_t size = 0;
    crypto::Digest digest;
    std::uint64_t chunks = 0;
    std::uint64_t cached_chunks = 0;
    /// What newc can't carry and nobody restores at boot, for people.
    std::vector<std::string> warnings;
};

/// Writes the image of `root` to `output`, an empty file. Memory stays bounded.
/// @param inventory of the root, with digests; device entries may exist there only.
/// @param chunks where compressed chunks are looked up and kept.
/// @throws base::Error with exit code 5 for what the format can't hold (files of 4 GiB, newlines),
///         naming it; base::IntegrityError if a file is not what the inventory says.
PackResult pack(
    const root::Root& root,
    const tree::Inventory& inventory,
    const PackOptions& options,
    const store::Store& chunks,
    int output,
    const std::string& output_name,
    const base::Context& context);

struct ChunksAhead {
    std::uint64_t chunks = 0;
    /// Those that were not in the store yet.
    std::uint64_t made = 0;
    /// Of the cpio archive in them.
    std::uint64_t made_size = 0;
};

/// Sees to it that `pack` with the same arguments finds all chunks in the store, and writes no image. Each
/// chunk is kept as soon as it is made, so that nothing is lost when this is stopped.
/// @param options with a compression.
/// @throws as `pack`.
ChunksAhead pack_ahead(
    const root::Root& root,
    const tree::Inventory& inventory,
    const PackOptions& options,
    const store::Store& chunks,
    const base::Context& context);

/// Changes when the bytes that `pack` makes from the same root change; part of the stage's key.
extern const int pack_version;

} // namespace imgbuild::pack
