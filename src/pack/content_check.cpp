// SPDX-License-Identifier: Apache-2.0
#include "pack/content_check.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace imgbuild::pack {

namespace {

constexpr std::size_t block_size = std::size_t{1} << 20U;

void compare(const tree::Entry& entry, const crypto::Digest& found) {
    if (found != entry.digest.value()) {
        base::IntegrityError error(
            base::printable(entry.path) + " in the image", entry.digest->hex(), found.hex());
        error.set_hint("something changed the image while it was packed; build it again");
        throw error;
    }
}

/// Calls `take(bytes)` for the content, piece by piece.
template <typename Take>
void for_each_block(
    const ContentSource& content,
    const tree::Entry& entry,
    const std::stop_token& stop,
    const Take& take) {
    std::vector<std::byte> block(
        static_cast<std::size_t>(std::min<std::uint64_t>(block_size, entry.size)));
    for (std::uint64_t offset = 0; offset < entry.size;) {
        base::throw_if_stopped(stop);
        const std::span<std::byte> part = std::span(block).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), entry.size - offset)));
        content.read(entry, offset, part);
        take(part);
        offset += part.size();
    }
}

} // namespace

void require_content(const tree::Entry& entry, std::span<const std::byte> bytes) {
    crypto::Sha256 hash;
    hash.update(bytes);
    compare(entry, hash.finish());
}

crypto::Digest content_digest(
    const ContentSource& content,
    const tree::Entry& entry,
    tree::SeenContents& seen,
    const std::stop_token& stop) {
    crypto::Sha256 hash;
    crypto::KeyedHash second_hash = seen.hash();
    for_each_block(content, entry, stop, [&](std::span<const std::byte> block) {
        hash.update(block);
        second_hash.update(block);
    });
    const crypto::Digest digest = hash.finish();
    seen.add(digest, second_hash.finish());
    return digest;
}

ContentCheck::ContentCheck(
    const Layout& layout,
    const ContentSource& content,
    const tree::SeenContents* seen,
    std::stop_token stop)
    : layout_(layout)
    , content_(content)
    , seen_(seen)
    , stop_(std::move(stop)) {
    for (const Chunk& chunk : layout.chunks) {
        for (const Slice& slice : chunk.slices) {
            if (slice.offset != 0) {
                divided_.try_emplace(slice.entry);
            }
        }
    }
}

void ContentCheck::check(const Slice& slice, std::span<const std::byte> bytes) const {
    const tree::Entry& entry = *layout_.entries[slice.entry].entry;
    const auto divided = divided_.find(slice.entry);
    if (divided != divided_.end()) {
        std::call_once(divided->second, [&] {
            compare_content(entry, [&](auto& hash) {
                for_each_block(content_, entry, stop_, [&hash](auto block) { hash.update(block); });
            });
        });
        return;
    }
    compare_content(entry, [bytes](auto& hash) { hash.update(bytes); });
}

/// @param feed gives a hash the content.
template <typename Feed>
void ContentCheck::compare_content(const tree::Entry& entry, const Feed& feed) const {
    const auto known = seen_ != nullptr ? seen_->find(entry.digest.value()) : std::nullopt;
    if (known) {
        crypto::KeyedHash hash = seen_->hash();
        feed(hash);
        if (hash.finish() == *known) {
            return;
        }
    }
    // Also to tell what is there instead.
    crypto::Sha256 hash;
    feed(hash);
    compare(entry, hash.finish());
}

} // namespace imgbuild::pack
