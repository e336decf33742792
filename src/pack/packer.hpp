// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Turns a root into a newc cpio archive, compressed into one gzip member by many threads. The same
 * root gives the same bytes, whatever the store held and whatever processor did the work.
 */
#pragma once

#include "base/context.hpp"
#include "crypto/digest.hpp"
#include "root/root.hpp"
#include "store/store.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::pack {

enum class Compression { fast, standard, small, none };

/// "fast", "default", "small", "none". @throws base::UsageError for anything else.
Compression compression_from_name(std::string_view name);
std::string_view compression_name(Compression compression);

struct PackOptions {
    Compression compression = Compression::standard;
    /// Times later than this become this; seconds since 1970.
    std::int64_t epoch = 0;
    /// Patterns of /etc/warewulf/excludes (tree::ExcludePatterns has their meaning).
    std::vector<std::string> excludes;
};

struct PackResult {
    std::uint64_t entries = 0;
    /// Of the cpio archive.
    std::uint64_t archive_size = 0;
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
///         naming it.
PackResult pack(
    const root::Root& root,
    const tree::Inventory& inventory,
    const PackOptions& options,
    const store::Store& chunks,
    int output,
    const std::string& output_name,
    const base::Context& context);

/// Changes when the bytes that `pack` makes from the same root change; part of the stage's key.
extern const int pack_version;

} // namespace imgbuild::pack
