// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The store: everything that can be made again but is expensive to make. Blobs by their digest,
 * layers, packed images and small records by key. No lock is needed for correctness: two processes that make the
 * same entry both succeed, one of the two stays. An entry appears whole or not at all.
 *
 *     STORE/format                     version of this layout
 *     STORE/blobs/sha256/AB/…          content by digest
 *     STORE/layers/ID-MAPPING/KEY/     inventory, content/, stamp (boot id and what it is)
 *     STORE/records/KIND/KEY           small texts
 *     STORE/chunks/KEY                 compressed pieces of images
 *     STORE/expanded/KEY               what blobs hold, decompressed
 *     STORE/work/ID/                   private staging of a running process; removed when it has died
 *     STORE/damaged/                   what failed its verification, set aside
 *
 * Blobs are on the disk before they are published. Layers are not (thousands of fsyncs): the stamp says
 * in which boot they were written, and after another one they are verified on their first use. Chunks,
 * records and inventories begin with a seal of their content, expanded files end with it.
 */
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"
#include "crypto/digest.hpp"
#include "store/blob_writer.hpp"
#include "store/expanded_writer.hpp"
#include "store/work_directory.hpp"
#include "tree/inventory.hpp"
#include "tree/seen_contents.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::store {

/// The name of a layer, chunk or record: the digest of everything its content depends on.
using Key = crypto::Digest;

struct LayerInfo {
    tree::Inventory change;
    /// Its content as a directory that an overlay can take as a lower layer: what is in `change`
    /// (whiteouts as 0:0 character devices) and the directories above, without opaque marks. Devices
    /// that its maker could not make are only in `change`; whiteouts too where the store's file system
    /// can't hold them (then it can't be the upper one of an overlay either).
    std::string content_path;
};

/// What `cache list` shows.
struct StoreEntry {
    /// "blob", "layer", "chunk", "expanded" or "record".
    std::string kind;
    std::string key;
    std::uint64_t bytes = 0;
    std::int64_t last_used = 0;
    /// Of layers: what they are, in a person's words. Of records: their kind.
    std::string description;
};

/// An open store. Thread-compatible: const members may be called from several threads at once.
class Store {
public:
    /// Makes the store if it does not exist yet; removes the staging of dead processes.
    /// @param id_mapping of this process (root::id_mapping_name): layers made under another one are
    ///        not seen.
    /// @param stop once requested, staging is not removed but left to the next process that opens the
    ///        store: a root may have a hundred thousand files.
    /// @throws base::Error if `path` holds something that is not a store, or one of another format;
    ///         base::Interrupted.
    static Store open(const std::string& path, std::string id_mapping, std::stop_token stop = {});

    const std::string& path() const noexcept { return path_; }

    WorkDirectory make_work_directory() const;

    // Blobs
    BlobWriter new_blob() const;
    bool has_blob(const crypto::Digest& digest) const;
    /// Opens for reading and marks as used. @throws base::Error if there is no such blob.
    base::UniqueFd open_blob(const crypto::Digest& digest) const;
    /// For tools that need a path; marks as used. The file need not exist.
    std::string blob_path(const crypto::Digest& digest) const;
    /// For readers that found other bytes than promised: the blob counts as missing from now on.
    void set_blob_aside(const crypto::Digest& digest) const;

    // Layers. Use the topmost layer of a root first: prune then removes lower ones last.
    /// Nothing if there is no usable layer of that key. A layer that was published before the last
    /// reboot is verified first; a damaged one is set aside and counts as missing.
    std::optional<LayerInfo> find_layer(const Key& key, const base::Context& context) const;
    /// As `find_layer`, for those who don't need the inventory. @returns LayerInfo::content_path.
    std::optional<std::string>
    find_layer_content(const Key& key, const base::Context& context) const;
    /// The inventory of a layer's change. @throws base::Error if there is no such layer.
    tree::Inventory layer_change(const Key& key) const;
    /// Publishes `staged` (a directory in a WorkDirectory whose tree is the layer's content) by renaming.
    void publish_layer(
        const Key& key,
        const std::string& staged,
        const tree::Inventory& change,
        std::string_view description) const;

    // Records: small texts, such as a resolution or the inputs of a key.
    /// Nothing if missing or damaged (set aside).
    /// @param kind lower-case letters and hyphens.
    std::optional<std::string> find_record(std::string_view kind, const Key& key) const;
    /// Replaces an older record.
    void put_record(std::string_view kind, const Key& key, std::string_view text) const;

    // Chunks of packed images
    /// Nothing if missing or damaged (set aside).
    std::optional<std::string> find_chunk(const Key& key) const;
    /// Without looking into it; marks it as used.
    bool has_chunk(const Key& key) const;
    void put_chunk(const Key& key, std::span<const std::byte> content) const;

    // Expanded files: what a blob holds (the archive in a package), decompressed once
    /// The path of one, for reading; marks it as used. Behind the content stands its seal, seal_size
    /// bytes. Nothing if missing or damaged (set aside). @throws base::Interrupted
    std::optional<std::string> find_expanded(const Key& key, const base::Context& context) const;
    /// Without looking into it.
    bool has_expanded(const Key& key) const;
    ExpandedWriter new_expanded() const;
    /// Replaces an older one. @returns as `find_expanded`.
    std::string publish_expanded(const Key& key, ExpandedWriter content) const;

    /// Contents that this process has hashed while it worked with the store: chunks are made of the same files
    /// soon after. Nothing of it is kept on the disk.
    tree::SeenContents& seen_contents() const noexcept { return *seen_contents_; }

    // Care. Layers of other id mappings are left alone: their owners mean nothing here.
    std::vector<StoreEntry> list() const;
    /// Reads everything and compares digests; damaged entries are set aside.
    /// @returns a line for each damaged entry.
    std::vector<std::string> verify(const base::Context& context) const;
    /// Removes what was set aside, entries not used for `older_than` seconds, then the least recently
    /// used ones until the store is below `most_bytes`; never what was used since the oldest running
    /// build made its first work directory. @returns the bytes freed.
    std::uint64_t prune(
        std::optional<std::int64_t> older_than,
        std::optional<std::uint64_t> most_bytes,
        const base::Context& context) const;

private:
    Store(std::string path, std::string id_mapping, std::stop_token stop);
    PartFile new_part() const;

    std::string path_;
    std::string id_mapping_;
    std::stop_token stop_;
    std::unique_ptr<tree::SeenContents> seen_contents_ = std::make_unique<tree::SeenContents>();
};

} // namespace imgbuild::store
