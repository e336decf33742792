// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The "newc" form of cpio archives, the one that the kernel unpacks: a header of hexadecimal numbers,
 * the name, the content, each filled up to four bytes.
 */
#pragma once

#include "tree/inventory.hpp"

#include <cstdint>
#include <string>

namespace imgbuild::pack {

/// What the archive says of an entry besides what the inventory does.
struct NewcFields {
    /// Equal for the names of one file, 0 for what has one name.
    std::uint32_t inode = 0;
    std::uint32_t links = 1;
    /// Bytes that follow: 0 for all names of a file but the one that carries its content.
    std::uint64_t content_size = 0;
    /// Later times become this one.
    std::int64_t latest_time = 0;
};

/// Header and name of an entry, for symlinks also their target; the content follows.
std::string newc_header(const tree::Entry& entry, const NewcFields& fields);

/// Bytes of what `newc_header` returns for the entry.
std::uint64_t newc_header_size(const tree::Entry& entry);

/// Zeros that follow a content of this size.
std::uint64_t newc_padding(std::uint64_t content_size);

/// The end of an archive that has `size` bytes before it; filled up to 512 bytes as cpio does.
std::string newc_end(std::uint64_t size);

} // namespace imgbuild::pack
