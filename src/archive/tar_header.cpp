// SPDX-License-Identifier: Apache-2.0
#include "archive/tar_header.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace imgbuild::archive {

namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A text field ends at its first NUL or fills its room.
std::string text_at(std::span<const std::byte> block, std::size_t at, std::size_t room) {
    const std::string_view field = text_of(block.subspan(at, room));
    return std::string(field.substr(0, field.find('\0')));
}

std::int64_t
number_at(std::span<const std::byte> block, std::size_t at, std::size_t room, const char* what) {
    try {
        return parse_tar_number(block.subspan(at, room));
    } catch (const TarDefect&) {
        throw TarDefect{std::string("a header's ") + what + " is no number"};
    }
}

/// Signed sums were written by old programs on machines with signed characters.
void check_sum(std::span<const std::byte> block) {
    std::int64_t wanted = -1;
    try {
        wanted = parse_tar_number(block.subspan(148, 8));
    } catch (const TarDefect&) {
        wanted = -1;
    }
    std::int64_t sum = 0;
    std::int64_t signed_sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const auto byte = i >= 148 && i < 156 ? std::byte{' '} : block[i];
        sum += std::to_integer<std::uint8_t>(byte);
        signed_sum += std::to_integer<std::int8_t>(byte);
    }
    if (wanted != sum && wanted != signed_sum) {
        throw TarDefect{"a header's checksum is wrong"};
    }
}

TarHeader::Dialect dialect_of(std::span<const std::byte> block) {
    const std::string_view text = text_of(block);
    if (text.substr(257, 8) == std::string_view("ustar  \0", 8)) {
        return TarHeader::Dialect::gnu;
    }
    if (text.substr(257, 5) != "ustar") {
        return TarHeader::Dialect::v7;
    }
    return text.substr(508, 4) == std::string_view("tar\0", 4) ? TarHeader::Dialect::star
                                                               : TarHeader::Dialect::ustar;
}

} // namespace

std::int64_t parse_tar_number(std::span<const std::byte> field) {
    const auto first = std::to_integer<std::uint8_t>(field.front());
    if ((first & 0x80U) != 0) {
        // Base 256, two's complement without the topmost bit.
        const bool is_negative = (first & 0x40U) != 0;
        std::uint64_t value = is_negative ? ~std::uint64_t{0} : 0;
        for (std::size_t i = 0; i < field.size(); ++i) {
            auto byte = std::to_integer<std::uint8_t>(field[i]);
            if (i == 0) {
                byte = static_cast<std::uint8_t>(is_negative ? byte : byte & 0x7FU);
            }
            if ((value >> 55U) != (is_negative ? 0x1FFU : 0U)) {
                throw TarDefect{"a number is too large"};
            }
            value = (value << 8U) | byte;
        }
        return static_cast<std::int64_t>(value);
    }
    std::string_view text = text_of(field);
    constexpr std::string_view blanks(" \0", 2);
    const std::size_t start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) {
        return 0;
    }
    text = text.substr(start, text.find_last_not_of(blanks) - start + 1);
    text = text.substr(0, text.find('\0'));
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '7' || (value >> 60U) != 0) {
            throw TarDefect{"a number makes no sense"};
        }
        value = value * 8 + static_cast<std::uint64_t>(c - '0');
    }
    return static_cast<std::int64_t>(value);
}

TarHeader parse_tar_header(std::span<const std::byte> block) {
    check_sum(block);
    TarHeader header;
    header.dialect = dialect_of(block);
    header.name = text_at(block, 0, 100);
    header.mode = static_cast<std::uint32_t>(number_at(block, 100, 8, "mode")) & 07777U;
    header.uid = number_at(block, 108, 8, "user id");
    header.gid = number_at(block, 116, 8, "group id");
    header.size = number_at(block, 124, 12, "size");
    header.mtime = number_at(block, 136, 12, "time");
    header.type = static_cast<char>(block[156]);
    header.link = text_at(block, 157, 100);
    if (header.dialect == TarHeader::Dialect::v7) {
        return header;
    }
    if (header.type == '3' || header.type == '4') {
        header.major = number_at(block, 329, 8, "device number");
        header.minor = number_at(block, 337, 8, "device number");
    }
    // GNU tar keeps other things there.
    const std::size_t room = header.dialect == TarHeader::Dialect::star ? 131 : 155;
    if (header.dialect != TarHeader::Dialect::gnu && block[345] != std::byte{0}) {
        header.name = text_at(block, 345, room) + "/" + header.name;
    }
    return header;
}

bool is_zero_block(std::span<const std::byte> block) {
    return block.front() == std::byte{0} &&
           std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0;
}

} // namespace imgbuild::archive
