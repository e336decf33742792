// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Archives for tests, hostile ones too: tar is written byte by byte, so anything can be said in it.
 */
#pragma once

#include "archive/reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace imgbuild::test {

/// One member of a tar archive. `records` become a pax header before it.
struct TarMember {
    std::string name;
    char type = '0';
    unsigned mode = 0644;
    std::string content;
    std::string link;
    unsigned uid = 0;
    unsigned gid = 0;
    long long mtime = 0;
    unsigned major = 0;
    unsigned minor = 0;
    std::map<std::string, std::string> records;
};

class Tar {
public:
    /// Chain few calls only: g++ 12 with -fsanitize=undefined takes exponentially long for long chains.
    Tar& add(const TarMember& member) {
        if (!member.records.empty()) {
            std::string text;
            for (const auto& [key, value] : member.records) {
                text += record(key, value);
            }
            append({.name = "pax", .type = 'x', .content = text});
        }
        append(member);
        return *this;
    }

    /// Whatever bytes are given, padded to a whole block.
    Tar& add_raw(const std::string& bytes) {
        bytes_ += bytes;
        bytes_.resize((bytes_.size() + 511) / 512 * 512, '\0');
        return *this;
    }

    /// Without the two empty blocks at the end.
    const std::string& unfinished() const { return bytes_; }

    std::string finished() const { return bytes_ + std::string(1024, '\0'); }

    static std::string header(const TarMember& member) {
        std::string block(512, '\0');
        const auto put = [&](std::size_t at, std::size_t room, std::string_view text) {
            std::copy_n(text.data(), std::min(text.size(), room), block.data() + at);
        };
        const auto octal = [&](std::size_t at, int digits, unsigned long long value) {
            char text[32];
            std::snprintf(text, sizeof text, "%0*llo", digits, value);
            put(at, static_cast<std::size_t>(digits), text);
        };
        put(0, 100, member.name);
        octal(100, 7, member.mode);
        octal(108, 7, member.uid);
        octal(116, 7, member.gid);
        octal(124, 11, member.content.size());
        octal(136, 11, static_cast<unsigned long long>(member.mtime));
        put(156, 1, {&member.type, 1});
        put(157, 100, member.link);
        put(257, 8, std::string_view("ustar\00000", 8));
        // The names must not count: numbers do.
        put(265, 32, "nobody");
        put(297, 32, "nogroup");
        octal(329, 7, member.major);
        octal(337, 7, member.minor);
        return with_checksum(block);
    }

    static std::string with_checksum(std::string block) {
        block.replace(148, 8, "        ");
        unsigned sum = 0;
        for (const char c : block) {
            sum += static_cast<unsigned char>(c);
        }
        char text[16];
        std::snprintf(text, sizeof text, "%06o", sum);
        block.replace(148, 7, std::string(text, 7));
        return block;
    }

private:
    void append(const TarMember& member) {
        add_raw(header(member));
        add_raw(member.content);
    }

    static std::string record(const std::string& key, const std::string& value) {
        const std::string rest = " " + key + "=" + value + "\n";
        std::size_t length = rest.size();
        while (std::to_string(length).size() + rest.size() != length) {
            length = std::to_string(length).size() + rest.size();
        }
        return std::to_string(length) + rest;
    }

    std::string bytes_;
};

inline void check_archive(int result) {
    if (result != ARCHIVE_OK) {
        throw std::runtime_error("libarchive refused");
    }
}

/// `bytes` through a filter of libarchive: "gzip", "xz", "zstd", "bzip2", "lz4".
inline std::string compressed(const std::string& bytes, const char* filter) {
    const std::unique_ptr<::archive, decltype([](::archive* a) { archive_write_free(a); })> writer(
        archive_write_new());
    std::string result(bytes.size() + bytes.size() / 8 + 65536, '\0');
    std::size_t used = 0;
    check_archive(archive_write_add_filter_by_name(writer.get(), filter));
    check_archive(archive_write_set_format_raw(writer.get()));
    check_archive(archive_write_set_bytes_in_last_block(writer.get(), 1));
    check_archive(archive_write_open_memory(writer.get(), result.data(), result.size(), &used));
    const std::unique_ptr<::archive_entry, decltype([](::archive_entry* e) {
                              archive_entry_free(e);
                          })>
        entry(archive_entry_new());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    check_archive(archive_write_header(writer.get(), entry.get()));
    if (archive_write_data(writer.get(), bytes.data(), bytes.size()) !=
        static_cast<la_ssize_t>(bytes.size())) {
        throw std::runtime_error("libarchive wrote less");
    }
    check_archive(archive_write_close(writer.get()));
    result.resize(used);
    return result;
}

/// A source that gives `bytes` in pieces of `piece` bytes.
inline archive::Source source_of(std::string bytes, std::size_t piece = 100'000) {
    return [bytes = std::move(bytes), piece, at = std::size_t{0}](
               std::span<std::byte> buffer) mutable {
        const std::size_t size = std::min({bytes.size() - at, piece, buffer.size()});
        std::memcpy(buffer.data(), bytes.data() + at, size);
        at += size;
        return size;
    };
}

} // namespace imgbuild::test
