// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace imgbuild::pack {

/// Where the bytes of files come from. Called from several threads at once.
class ContentSource {
public:
    ContentSource() = default;
    ContentSource(const ContentSource&) = delete;
    ContentSource& operator=(const ContentSource&) = delete;
    virtual ~ContentSource() = default;

    /// Fills `into` with the file's bytes from `offset` on.
    /// @throws base::Error if the file is not a regular one of the entry's size.
    virtual void
    read(const tree::Entry& entry, std::uint64_t offset, std::span<std::byte> into) const = 0;
};

/// Reads from a root, which outlives it; no link is followed in a path's last component, and none
/// leads out of the root.
class RootContent final : public ContentSource {
public:
    explicit RootContent(const root::Root& root)
        : root_(root) {}

    void
    read(const tree::Entry& entry, std::uint64_t offset, std::span<std::byte> into) const override;

private:
    const root::Root& root_;
};

} // namespace imgbuild::pack
