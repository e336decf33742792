// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace imgbuild::pack {

/// Keeps compressed chunks by their key. Called from several threads at once.
class ChunkCache {
public:
    ChunkCache() = default;
    ChunkCache(const ChunkCache&) = delete;
    ChunkCache& operator=(const ChunkCache&) = delete;
    virtual ~ChunkCache() = default;

    /// Nothing if there is no such chunk or it is not what was put there.
    virtual std::optional<std::string> find(const crypto::Digest& key) const = 0;
    /// Whether `find` may give it, without looking into it.
    virtual bool has(const crypto::Digest& key) const = 0;
    virtual void put(const crypto::Digest& key, std::span<const std::byte> content) const = 0;
};

/// Chunks in the store, which outlives it.
class StoreChunks final : public ChunkCache {
public:
    explicit StoreChunks(const store::Store& store)
        : store_(store) {}

    std::optional<std::string> find(const crypto::Digest& key) const override {
        return store_.find_chunk(key);
    }

    bool has(const crypto::Digest& key) const override { return store_.has_chunk(key); }

    void put(const crypto::Digest& key, std::span<const std::byte> content) const override {
        store_.put_chunk(key, content);
    }

private:
    const store::Store& store_;
};

} // namespace imgbuild::pack
