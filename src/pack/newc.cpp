// SPDX-License-Identifier: Apache-2.0
#include "pack/newc.hpp"

#include "base/error.hpp"
#include "pack/format_limits.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace imgbuild::pack {

namespace {

constexpr std::uint64_t fixed_size = 110;
constexpr std::uint64_t block_size = 512;

std::uint32_t type_bits(tree::EntryType type) {
    switch (type) {
    case tree::EntryType::directory:
        return S_IFDIR;
    case tree::EntryType::regular:
        return S_IFREG;
    case tree::EntryType::symlink:
        return S_IFLNK;
    case tree::EntryType::char_device:
        return S_IFCHR;
    case tree::EntryType::block_device:
        return S_IFBLK;
    case tree::EntryType::fifo:
        return S_IFIFO;
    case tree::EntryType::socket:
        return S_IFSOCK;
    case tree::EntryType::whiteout:
        break;
    }
    throw base::Error("a whiteout is no entry of an archive", base::ExitCode::pack);
}

void append_number(std::string& text, std::uint32_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned shift = 32; shift > 0;) {
        shift -= 4;
        text += digits[number >> shift & 0xFU];
    }
}

void append_name(std::string& text, std::string_view name) {
    text += name;
    text += '\0';
    text.append(static_cast<std::size_t>(newc_padding(text.size())), '\0');
}

std::string header(const std::array<std::uint32_t, 11>& numbers, std::string_view name) {
    std::string text = "070701";
    text.reserve(static_cast<std::size_t>(fixed_size) + name.size() + 4);
    for (const std::uint32_t number : numbers) {
        append_number(text, number);
    }
    append_number(text, static_cast<std::uint32_t>(name.size() + 1));
    // The checksum, which this form does not use.
    append_number(text, 0);
    append_name(text, name);
    return text;
}

} // namespace

std::uint64_t newc_padding(std::uint64_t content_size) {
    return (4 - content_size % 4) % 4;
}

std::string newc_header(const tree::Entry& entry, const NewcFields& fields) {
    const bool is_link = entry.type == tree::EntryType::symlink;
    const std::uint64_t size = is_link ? entry.link_target.size() : fields.content_size;
    const std::int64_t time = std::clamp<std::int64_t>(entry.mtime.seconds, 0, fields.latest_time);
    std::string text = header(
        {fields.inode,
         type_bits(entry.type) | entry.mode,
         entry.uid,
         entry.gid,
         fields.links,
         static_cast<std::uint32_t>(time),
         static_cast<std::uint32_t>(size),
         0,
         0,
         entry.major,
         entry.minor},
        entry.path);
    if (is_link) {
        text += entry.link_target;
        text.append(static_cast<std::size_t>(newc_padding(size)), '\0');
    }
    return text;
}

std::uint64_t newc_header_size(const tree::Entry& entry) {
    std::uint64_t size = fixed_size + entry.path.size() + 1;
    size += newc_padding(size);
    if (entry.type == tree::EntryType::symlink) {
        size += entry.link_target.size() + newc_padding(entry.link_target.size());
    }
    return size;
}

std::string newc_end(std::uint64_t size) {
    std::string text = header({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, newc_end_name);
    const std::uint64_t used = (size + text.size()) % block_size;
    text.append(static_cast<std::size_t>((block_size - used) % block_size), '\0');
    return text;
}

} // namespace imgbuild::pack
