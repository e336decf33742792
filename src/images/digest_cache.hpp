// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"
#include "tree/scan.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace imgbuild::images {

/// Remembers the digests of an image's files from one look at them to the next, so that an image with one
/// changed file is not read as a whole. A file is known by its inode, size and times; its change time
/// can't be set by a command in the image. Files that changed in the last second before they were read are
/// not remembered: a further change might leave the same time.
class DigestCache final : public tree::KnownDigests {
public:
    /// @param path of the cache file; a missing or damaged one is an empty cache.
    explicit DigestCache(std::string path);

    std::optional<crypto::Digest>
    find(const std::string& path, const tree::FileState& state) const override;

    void add(const std::string& path, const tree::FileState& state, const crypto::Digest& digest)
        override;

    /// Writes down what was found or added since construction, if that is anything else than what was
    /// read. Failing to write is no reason to fail: then files are read again.
    void save() const noexcept;

private:
    struct Known {
        tree::FileState state;
        crypto::Digest digest;
        mutable bool is_used = false;
    };

    void load();
    std::string text() const;

    std::string path_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Known> known_;
    bool has_new_ = false;
};

/// The inventory of an image's root with the digests of its files, by the image's own cache.
/// @param own_directory ImageStore::own_directory.
tree::Inventory read_inventory(
    const root::Root& root, const std::string& own_directory, const base::Context& context);

} // namespace imgbuild::images
