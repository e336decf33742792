// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "pack/chunk_cache.hpp"
#include "pack/content_source.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::test {

/// Bytes that look random, half of them easy to compress; the same everywhere.
inline std::string content(std::size_t size, std::uint64_t seed) {
    std::string text(size, '\0');
    std::uint64_t state = seed * 2 + 1;
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const std::uint64_t byte = i % 64 < 32 ? 'a' + i % 7 : state >> 56U;
        text[i] = static_cast<char>(byte & 0x7FU);
    }
    return text;
}

/// A tree that exists in memory only.
class MemoryTree final : public pack::ContentSource {
public:
    void add_directory(const std::string& path) {
        entries_.push_back({.path = path, .type = tree::EntryType::directory, .mode = 0755});
    }

    tree::Entry& add_file(const std::string& path, std::string text, std::uint32_t link_group = 0) {
        entries_.push_back(
            {.path = path,
             .type = tree::EntryType::regular,
             .mode = 0644,
             .size = text.size(),
             .digest = crypto::sha256(text),
             .link_group = link_group});
        files_[path] = std::move(text);
        return entries_.back();
    }

    void add_link(const std::string& path, const std::string& target) {
        entries_.push_back(
            {.path = path, .type = tree::EntryType::symlink, .mode = 0777, .link_target = target});
    }

    void add(tree::Entry entry) { entries_.push_back(std::move(entry)); }

    /// The content changes behind the inventory's back.
    void spoil(const std::string& path) { files_.at(path).back() ^= 1; }

    tree::Inventory inventory() const { return tree::Inventory(entries_); }

    void
    read(const tree::Entry& entry, std::uint64_t offset, std::span<std::byte> into) const override {
        const std::lock_guard lock(mutex_);
        const std::string& text = files_.at(entry.path);
        const auto bytes = std::as_bytes(std::span(text)).subspan(offset, into.size());
        std::copy(bytes.begin(), bytes.end(), into.begin());
        bytes_read_ += into.size();
    }

    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    std::vector<tree::Entry> entries_;
    std::map<std::string, std::string> files_;
    mutable std::mutex mutex_;
    mutable std::uint64_t bytes_read_ = 0;
};

/// A cache that says what was asked of it.
class MemoryChunks final : public pack::ChunkCache {
public:
    std::optional<std::string> find(const crypto::Digest& key) const override {
        const std::lock_guard lock(mutex_);
        const auto found = chunks_.find(key);
        return found == chunks_.end() ? std::nullopt : std::optional(found->second);
    }

    bool has(const crypto::Digest& key) const override { return find(key).has_value(); }

    void put(const crypto::Digest& key, std::span<const std::byte> bytes) const override {
        const std::lock_guard lock(mutex_);
        chunks_[key] = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        ++puts_;
    }

    std::size_t puts() const { return puts_; }

    std::map<crypto::Digest, std::string>& chunks() { return chunks_; }

private:
    mutable std::mutex mutex_;
    mutable std::map<crypto::Digest, std::string> chunks_;
    mutable std::size_t puts_ = 0;
};

} // namespace imgbuild::test
