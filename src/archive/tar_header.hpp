// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace imgbuild::archive {

/// Why a tar archive can't be read; becomes a base::Error that names the archive and the place.
struct TarDefect {
    std::string why;
};

constexpr std::size_t tar_block = 512;

/// A header block of a tar archive with its fields as they stand there.
struct TarHeader {
    enum class Dialect { v7, ustar, star, gnu };

    Dialect dialect = Dialect::v7;
    char type = '0';
    std::string name;
    std::string link;
    std::uint32_t mode = 0;
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::int64_t size = 0;
    std::int64_t mtime = 0;
    std::int64_t major = 0;
    std::int64_t minor = 0;
};

/// A number as tar writes it: octal with blanks and NULs around it, or in base 256.
/// @throws TarDefect if it is anything else, or too large.
std::int64_t parse_tar_number(std::span<const std::byte> field);

/// @param block of 512 bytes, not all zero.
/// @throws TarDefect if its checksum is wrong or a field makes no sense.
TarHeader parse_tar_header(std::span<const std::byte> block);

bool is_zero_block(std::span<const std::byte> block);

} // namespace imgbuild::archive
