// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Reads archives (tar in its dialects, cpio, ar, each plain or compressed) entry by entry. Nothing is
 * written here: what is read goes to `root::extract`, which is confined.
 */
#pragma once

#include "tree/inventory.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace imgbuild::archive {

/// An entry of an archive, as the archive states it: the path is neither cleaned nor checked, owners
/// are the numeric ones, no extended attribute is left out, and there is no digest.
struct ArchiveEntry {
    tree::Entry entry;
    /// Set: the entry is another name of that earlier entry. If it has a size too, the archive keeps
    /// the content of the file with this name (cpio does so with the last one).
    std::optional<std::string> hardlink_target;
    /// It has an access control list that was left out: it names users or groups without numbers.
    bool has_named_acl = false;
};

/// Gives up to `buffer.size()` bytes, 0 at the end. Throws on error.
using Source = std::function<std::size_t(std::span<std::byte> buffer)>;

/// One pass over an archive. Not thread-safe.
class Reader {
public:
    /// @throws base::Error if it is no archive, or damaged at its start; whatever the source throws.
    static Reader open_file(const std::string& path);
    /// @param name how messages call the archive.
    Reader(Source source, std::string name);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    const std::string& name() const noexcept;

    /// The next entry; nothing at the end.
    /// @throws base::Error if the archive is damaged or cut short, naming it and the last good entry;
    ///         whatever the source throws.
    std::optional<ArchiveEntry> next();

    /// Reads the current entry's data: `write(bytes, offset)` for each piece; holes are left out.
    void
    read_data(const std::function<void(std::span<const std::byte>, std::uint64_t offset)>& write);

    /// The current entry's data as a stream, holes as zeros: for an archive inside the archive.
    /// @returns how many bytes came, 0 at the end.
    std::size_t read(std::span<std::byte> buffer);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::archive
