// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack/content_source.hpp"
#include "pack/layout.hpp"
#include "tree/seen_contents.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>

namespace imgbuild::pack {

/// @param bytes all of the file's. @throws base::IntegrityError if the entry has another digest.
void require_content(const tree::Entry& entry, std::span<const std::byte> bytes);

/// @param seen is told of the content.
/// @throws base::Error if the file can't be read or has another size than the entry; base::Interrupted.
crypto::Digest content_digest(
    const ContentSource& content,
    const tree::Entry& entry,
    tree::SeenContents& seen,
    const std::stop_token& stop);

/// Makes sure that what is packed is what the inventory says: a compressed chunk is kept under the
/// digests of its contents, so it must never hold others. Called from several threads at once.
class ContentCheck {
public:
    /// @param seen contents that need not be hashed by SHA-256 again; nullptr: none.
    /// @param layout, content, seen outlive this.
    ContentCheck(
        const Layout& layout,
        const ContentSource& content,
        const tree::SeenContents* seen,
        std::stop_token stop);

    /// @param bytes the content that the slice stands for. Of a file in several slices the whole file
    ///        is read and checked, once.
    /// @throws base::IntegrityError if the file is another one.
    void check(const Slice& slice, std::span<const std::byte> bytes) const;

private:
    template <typename Feed>
    void compare_content(const tree::Entry& entry, const Feed& feed) const;

    const Layout& layout_;
    const ContentSource& content_;
    const tree::SeenContents* seen_;
    std::stop_token stop_;
    /// Of the entries that don't fit into one slice.
    mutable std::map<std::size_t, std::once_flag> divided_;
};

} // namespace imgbuild::pack
