// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The store: everything that can be made again but is expensive to make. Blobs by their digest,
 * layers, packed images and small records by key. No lock is needed for correctness: two processes that make the
 * same entry both succeed, one of the two stays. An entry appears whole or not at all.
 *
 *     STORE/format              version of this layout
 *     STORE/blobs/sha256/AB/…   content by digest
 *     STORE/layers/KEY/         inventory, content/, stamp (boot id and id mapping)
 *     STORE/records/KIND/KEY    small texts
 *     STORE/chunks/KEY          compressed pieces of images
 *     STORE/work/ID/            private staging of a running process; removed when it has died
 *     STORE/damaged/            what failed its verification, set aside
 */
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"
#include "crypto/digest.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::store {

/// The name of a layer, chunk or record: the digest of everything its content depends on.
using Key = crypto::Digest;

/// Private staging inside the store, on the same file system as its entries. Removed with its content
/// by the destructor, or by the next process if this one is killed.
class WorkDirectory {
public:
    WorkDirectory(std::string path, base::UniqueFd lock);
    WorkDirectory(WorkDirectory&&) noexcept = default;
    WorkDirectory& operator=(WorkDirectory&&) noexcept;
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;
    ~WorkDirectory();

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
    base::UniqueFd lock_;
};

/// A blob on its way into the store. Dropping it without `publish` removes what was written.
class BlobWriter {
public:
    BlobWriter(std::string store_path, std::string temporary_path, base::UniqueFd fd);
    BlobWriter(BlobWriter&&) noexcept = default;
    BlobWriter& operator=(BlobWriter&&) = delete;
    BlobWriter(const BlobWriter&) = delete;
    BlobWriter& operator=(const BlobWriter&) = delete;
    ~BlobWriter();

    void write(std::span<const std::byte> bytes);

    /// Forgets what was written (a transfer starts over).
    void restart();

    std::uint64_t size() const noexcept { return size_; }

    /// Makes the blob visible under its digest. The file is fsynced first.
    /// @throws base::IntegrityError if `expected` is given and is not the digest of what was written.
    crypto::Digest publish(const std::optional<crypto::Digest>& expected, const std::string& name);

private:
    std::string store_path_;
    std::string temporary_path_;
    base::UniqueFd fd_;
    crypto::Sha256 hash_;
    std::uint64_t size_ = 0;
};

struct LayerInfo {
    tree::Inventory change;
    /// Its content as a directory that an overlay can take as a lower layer.
    std::string content_path;
};

/// What `cache list` shows.
struct StoreEntry {
    /// "blob", "layer", "chunk" or "record".
    std::string kind;
    std::string key;
    std::uint64_t bytes = 0;
    std::int64_t last_used = 0;
    /// Of layers: what they are, in a person's words.
    std::string description;
};

/// An open store. Thread-compatible: const members may be called from several threads at once.
class Store {
public:
    /// Makes the store if it does not exist yet; removes the staging of dead processes.
    /// @param id_mapping of this process (root::id_mapping_name): layers made under another one are
    ///        not seen.
    static Store open(const std::string& path, std::string id_mapping);

    const std::string& path() const noexcept { return path_; }

    WorkDirectory make_work_directory() const;

    // Blobs
    BlobWriter new_blob() const;
    bool has_blob(const crypto::Digest& digest) const;
    /// Opens for reading and marks as used. @throws base::Error if there is no such blob.
    base::UniqueFd open_blob(const crypto::Digest& digest) const;
    /// For tools that need a path; marks as used.
    std::string blob_path(const crypto::Digest& digest) const;

    // Layers
    /// Nothing if there is no usable layer of that key. A layer that was published before the last
    /// reboot is verified first; a damaged one is set aside and counts as missing.
    std::optional<LayerInfo> find_layer(const Key& key, const base::Context& context) const;
    /// Publishes `staged` (a directory in a WorkDirectory whose tree is the layer's content) by renaming.
    void publish_layer(
        const Key& key, const std::string& staged, const tree::Inventory& change, std::string_view description) const;

    // Records: small texts, such as a resolution or the inputs of a key.
    std::optional<std::string> find_record(std::string_view kind, const Key& key) const;
    void put_record(std::string_view kind, const Key& key, std::string_view text) const;

    // Chunks of packed images
    /// Nothing if missing or damaged (set aside).
    std::optional<std::string> find_chunk(const Key& key) const;
    void put_chunk(const Key& key, std::span<const std::byte> content) const;

    // Care
    std::vector<StoreEntry> list() const;
    /// Reads everything and compares digests; damaged entries are set aside.
    /// @returns a line for each damaged entry.
    std::vector<std::string> verify(const base::Context& context) const;
    /// Removes entries not used for `older_than` seconds, then the least recently used ones until the
    /// store is below `most_bytes`; never what a running build uses. @returns the bytes freed.
    std::uint64_t prune(
        std::optional<std::int64_t> older_than, std::optional<std::uint64_t> most_bytes, const base::Context& context) const;

private:
    Store(std::string path, std::string id_mapping);

    std::string path_;
    std::string id_mapping_;
};

} // namespace imgbuild::store
