// SPDX-License-Identifier: Apache-2.0
#include "archive/reader.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <clocale>

using namespace imgbuild;
using namespace imgbuild::archive;
using test::compressed;
using test::source_of;
using test::Tar;

namespace {

struct Item {
    ArchiveEntry head;
    std::string content;
};

std::string content_of(Reader& reader, std::uint64_t size) {
    std::string content(size, '\0');
    reader.read_data([&](std::span<const std::byte> bytes, std::uint64_t offset) {
        REQUIRE(offset + bytes.size() <= content.size());
        std::memcpy(content.data() + offset, bytes.data(), bytes.size());
    });
    return content;
}

std::vector<Item> read_all(const std::string& bytes) {
    Reader reader(source_of(bytes), "test.tar");
    std::vector<Item> items;
    while (auto entry = reader.next()) {
        const std::uint64_t size = entry->entry.size;
        items.push_back({std::move(*entry), content_of(reader, size)});
    }
    return items;
}

std::string error_of(const std::string& bytes) {
    try {
        (void)read_all(bytes);
    } catch (const base::Error& error) {
        return error.what();
    }
    return "no error";
}

std::string long_name(std::size_t length) {
    std::string name;
    while (name.size() < length) {
        name += "directory-with-a-name/";
    }
    return name + "file";
}

/// A file, a directory, a link and a hard link in one of libarchive's formats.
std::string written_by_libarchive(const char* format) {
    const std::unique_ptr<::archive, decltype([](::archive* a) { archive_write_free(a); })> writer(
        archive_write_new());
    std::string result(1 << 20U, '\0');
    std::size_t used = 0;
    test::check_archive(archive_write_set_format_by_name(writer.get(), format));
    test::check_archive(
        archive_write_open_memory(writer.get(), result.data(), result.size(), &used));
    const auto add = [&](const std::string& name, const std::string& content) {
        const std::unique_ptr<::archive_entry, decltype([](::archive_entry* e) {
                                  archive_entry_free(e);
                              })>
            entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0640);
        archive_entry_set_uid(entry.get(), 7);
        archive_entry_set_gid(entry.get(), 8);
        archive_entry_set_mtime(entry.get(), 1234567890, 0);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
        test::check_archive(archive_write_header(writer.get(), entry.get()));
        (void)archive_write_data(writer.get(), content.data(), content.size());
    };
    add("one", "first");
    add("two", std::string(70000, 'x'));
    test::check_archive(archive_write_close(writer.get()));
    result.resize(used);
    return result;
}

} // namespace

TEST_CASE("a tar archive gives what stands in it") {
    Tar tar;
    tar.add({.name = "./d/", .type = '5', .mode = 01777, .uid = 3, .gid = 4, .mtime = 99});
    tar.add(
        {.name = "./d/f", .mode = 04755, .content = "hello", .uid = 2097151, .mtime = 1700000000});
    tar.add({.name = "d/again", .type = '1', .link = "./d/f"});
    tar.add({.name = "l", .type = '2', .mode = 0777, .link = "../../x"});
    tar.add({.name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3});
    tar.add({.name = "disk", .type = '4', .mode = 0660, .major = 8, .minor = 17});
    tar.add({.name = "fifo", .type = '6', .mode = 0600});
    const auto items = read_all(tar.finished());
    REQUIRE(items.size() == 7);
    CHECK(items[0].head.entry.path == "./d/");
    CHECK(items[0].head.entry.type == tree::EntryType::directory);
    CHECK(items[0].head.entry.mode == 01777);
    CHECK(items[0].head.entry.uid == 3);
    CHECK(items[0].head.entry.gid == 4);
    CHECK(items[0].head.entry.mtime == tree::Time{99, 0});
    CHECK(items[1].head.entry.type == tree::EntryType::regular);
    CHECK(items[1].head.entry.mode == 04755);
    CHECK(items[1].head.entry.uid == 2097151);
    CHECK(items[1].head.entry.size == 5);
    CHECK(items[1].content == "hello");
    CHECK(items[2].head.hardlink_target == "./d/f");
    CHECK(items[2].head.entry.size == 0);
    CHECK(items[3].head.entry.type == tree::EntryType::symlink);
    CHECK(items[3].head.entry.link_target == "../../x");
    CHECK(items[4].head.entry.type == tree::EntryType::char_device);
    CHECK(items[4].head.entry.major == 1);
    CHECK(items[4].head.entry.minor == 3);
    CHECK(items[5].head.entry.type == tree::EntryType::block_device);
    CHECK(items[5].head.entry.minor == 17);
    CHECK(items[6].head.entry.type == tree::EntryType::fifo);
}

TEST_CASE("pax headers carry long names, exact times, big owners, attributes") {
    const std::string name = long_name(300);
    const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    Tar tar;
    tar.add(
        {.name = "short",
         .content = "x",
         .records = {
             {"path", name},
             {"mtime", "1700000000.123456789"},
             {"uid", "4294967294"},
             {"gid", "3000000000"},
             {"SCHILY.xattr.security.capability", capability},
             {"SCHILY.xattr.user.a", "b"}}});
    tar.add(
        {.name = "l",
         .type = '2',
         .link = "x",
         .records = {{"linkpath", "\xc3\xa4/" + name}, {"mtime", "-3"}}});
    const auto items = read_all(tar.finished());
    REQUIRE(items.size() == 2);
    const tree::Entry& entry = items[0].head.entry;
    CHECK(entry.path == name);
    CHECK(entry.mtime == tree::Time{1700000000, 123456789});
    CHECK(entry.uid == 4294967294U);
    CHECK(entry.gid == 3000000000U);
    REQUIRE(entry.xattrs.size() == 2);
    CHECK(entry.xattrs[0].first == "security.capability");
    CHECK(entry.xattrs[0].second == capability);
    CHECK(entry.xattrs[1] == std::pair<std::string, std::string>{"user.a", "b"});
    CHECK_FALSE(items[0].head.has_named_acl);
    CHECK(items[1].head.entry.link_target == "\xc3\xa4/" + name);
    CHECK(items[1].head.entry.mtime.seconds == -3);
}

TEST_CASE("access control lists become the attributes by which Linux keeps them") {
    using Attribute = std::pair<std::string, std::string>;
    Tar tar;
    tar.add(
        {.name = "numbers",
         .records = {
             {"SCHILY.acl.access", "user::rw-,user:daemon:r-x:1,group::r--,mask::r-x,other::---"},
             {"SCHILY.acl.default", "user::rwx,group::r-x,group:2:rwx,mask::rwx,other::---"}}});
    tar.add(
        {.name = "names",
         .records = {
             {"SCHILY.acl.access", "user::rw-,user:daemon:r-x,group::r--,mask::r-x,other::r--"}}});
    tar.add(
        {.name = "mode", .records = {{"SCHILY.acl.access", "user::rw-,group::r--,other::r--"}}});
    const auto items = read_all(tar.finished());
    REQUIRE(items.size() == 3);
    const auto rules = [](const std::vector<std::array<int, 3>>& wanted) {
        std::string text("\2\0\0\0", 4);
        for (const auto& [tag, permissions, id] : wanted) {
            text += {static_cast<char>(tag), '\0', static_cast<char>(permissions), '\0'};
            text += id < 0 ? std::string(4, '\xff')
                           : std::string{static_cast<char>(id), '\0', '\0', '\0'};
        }
        return text;
    };
    CHECK(
        items[0].head.entry.xattrs ==
        std::vector<Attribute>{
            {"system.posix_acl_access",
             rules({{1, 6, -1}, {2, 5, 1}, {4, 4, -1}, {16, 5, -1}, {32, 0, -1}})},
            {"system.posix_acl_default",
             rules({{1, 7, -1}, {4, 5, -1}, {8, 7, 2}, {16, 7, -1}, {32, 0, -1}})}});
    CHECK_FALSE(items[0].head.has_named_acl);
    CHECK(items[1].head.entry.xattrs.empty());
    CHECK(items[1].head.has_named_acl);
    CHECK(items[2].head.entry.xattrs.empty());
    CHECK_FALSE(items[2].head.has_named_acl);
}

TEST_CASE("names are bytes, whatever the locale says") {
    const std::string utf8 = "gr\xc3\xbc\xc3\x9f";
    const std::string latin1 = "gr\xfc\xdf";
    const std::string odd = "new\nline\x01 \xe2\x98\xba";
    Tar tar;
    tar.add({.name = utf8}).add({.name = latin1}).add({.name = odd});
    tar.add({.name = "x", .records = {{"path", utf8}}});
    tar.add({.name = "x", .records = {{"path", latin1}}});
    tar.add({.name = "x", .records = {{"path", latin1}, {"hdrcharset", "BINARY"}}});
    tar.add({.name = "x", .records = {{"path", odd}}});
    for (const char* const locale : {"C", "C.UTF-8"}) {
        REQUIRE(std::setlocale(LC_ALL, locale) != nullptr);
        const std::vector<Item> items = read_all(tar.finished());
        std::setlocale(LC_ALL, "C");
        std::vector<std::string> names;
        for (const Item& item : items) {
            names.push_back(item.head.entry.path);
        }
        CHECK(names == std::vector<std::string>{utf8, latin1, odd, utf8, latin1, latin1, odd});
    }
}

TEST_CASE("GNU long names and sparse files") {
    const std::string name = long_name(200);
    Tar tar;
    tar.add({.name = "././@LongLink", .type = 'L', .content = name + '\0'});
    tar.add({.name = name.substr(0, 100), .content = "long"});
    // Old GNU sparse format: two pieces of a file of 1 MB, at 4096 and at 1,000,000.
    std::string header = Tar::header({.name = "sparse", .type = 'S', .content = "0123456789"});
    header.replace(257, 8, std::string("ustar  \0", 8));
    header.replace(345, 167, std::string(167, '\0'));
    const std::string map[] = {"00000010000", "00000000004", "00003641100", "00000000006"};
    for (std::size_t i = 0; i < 4; ++i) {
        header.replace(386 + 12 * i, 11, map[i]);
    }
    header.replace(483, 11, "00004000000");
    tar.add_raw(Tar::with_checksum(header)).add_raw("0123456789");
    const auto items = read_all(tar.finished());
    REQUIRE(items.size() == 2);
    CHECK(items[0].head.entry.path == name);
    CHECK(items[0].content == "long");
    CHECK(items[1].head.entry.path == "sparse");
    REQUIRE(items[1].head.entry.size == 1048576);
    std::string expected(1048576, '\0');
    expected.replace(4096, 4, "0123");
    expected.replace(1000000, 6, "456789");
    CHECK(items[1].content == expected);

    Reader reader(source_of(tar.finished()), "test.tar");
    (void)reader.next();
    (void)reader.next();
    std::string streamed;
    std::array<std::byte, 5000> buffer;
    while (const std::size_t got = reader.read(buffer)) {
        streamed.append(reinterpret_cast<const char*>(buffer.data()), got);
    }
    CHECK(streamed == expected);
}

TEST_CASE("holes are left out of the data") {
    std::string header = Tar::header({.name = "sparse", .type = 'S', .content = "01"});
    header.replace(257, 8, std::string("ustar  \0", 8));
    header.replace(345, 167, std::string(167, '\0'));
    header.replace(386, 11, "00000010000").replace(398, 11, "00000000002");
    header.replace(483, 11, "77777777777");
    Tar tar;
    tar.add_raw(Tar::with_checksum(header)).add_raw("01");
    Reader reader(source_of(tar.finished()), "test.tar");
    REQUIRE(reader.next()->entry.size == 077777777777);
    std::uint64_t bytes = 0;
    reader.read_data([&](std::span<const std::byte> piece, std::uint64_t offset) {
        CHECK(offset == 4096);
        bytes += piece.size();
    });
    CHECK(bytes == 2);
    CHECK_FALSE(reader.next());
}

TEST_CASE("every format and filter is read") {
    for (const char* const format :
         {"v7tar", "ustar", "pax", "gnutar", "newc", "odc", "bin", "arbsd", "argnu"}) {
        CAPTURE(std::string(format));
        const auto items = read_all(written_by_libarchive(format));
        REQUIRE(items.size() == 2);
        CHECK(items[0].head.entry.path == "one");
        CHECK(items[0].content == "first");
        CHECK(items[1].head.entry.path == "two");
        CHECK(items[1].content == std::string(70000, 'x'));
        CHECK(items[1].head.entry.mode == 0640);
        CHECK(items[1].head.entry.uid == 7);
        CHECK(items[1].head.entry.gid == 8);
        CHECK(items[1].head.entry.mtime.seconds == 1234567890);
    }
    Tar tar;
    tar.add({.name = "f", .content = "hello"});
    for (const char* const filter : {"gzip", "xz", "zstd", "bzip2", "lz4"}) {
        CAPTURE(std::string(filter));
        const auto items = read_all(compressed(tar.finished(), filter));
        REQUIRE(items.size() == 1);
        CHECK(items[0].content == "hello");
    }
}

TEST_CASE("an archive inside an archive is read as a stream") {
    Tar inner;
    inner.add({.name = "./usr/", .type = '5'});
    inner.add({.name = "./usr/f", .content = "inner"});
    const std::string data = compressed(inner.finished(), "xz");
    char header[64];
    std::snprintf(
        header,
        sizeof header,
        "%-16s%-12d%-6d%-6d%-8s%-10zu`\n",
        "data.tar.xz/",
        0,
        0,
        0,
        "100644",
        data.size());
    const std::string package =
        "!<arch>\n" + std::string(header) + data + (data.size() % 2 != 0 ? "\n" : "");
    Reader outer(source_of(package), "package.deb");
    REQUIRE(outer.next()->entry.path == "data.tar.xz");
    Reader reader(
        [&](std::span<std::byte> buffer) { return outer.read(buffer); },
        "package.deb: data.tar.xz");
    CHECK(reader.next()->entry.path == "./usr/");
    CHECK(reader.next()->entry.path == "./usr/f");
    CHECK(content_of(reader, 5) == "inner");
    CHECK_FALSE(reader.next());
    CHECK(reader.name() == "package.deb: data.tar.xz");
}

TEST_CASE("a damaged or truncated archive names itself and the last good entry") {
    Tar tar;
    tar.add({.name = "first", .content = "1"});
    tar.add({.name = "second\n", .content = std::string(2000, 'x')});
    const std::string& bytes = tar.unfinished();

    CHECK(error_of(tar.finished()) == "no error");
    CHECK(
        error_of(bytes.substr(0, bytes.size() - 600)) ==
        "test.tar is damaged or cut short after its entry first: Truncated tar archive");
    CHECK(
        error_of(bytes) ==
        "test.tar is damaged or cut short after its entry second\\x0a: its end mark is missing");
    CHECK(
        error_of(bytes.substr(0, 1024)) ==
        "test.tar is damaged or cut short after its entry first: its end mark is missing");
    CHECK(
        error_of(bytes.substr(0, 700)) ==
        "test.tar is damaged or cut short at its start: Truncated input file "
        "(needed 511 bytes, only 187 available)");
    std::string flipped = tar.finished();
    flipped[1024 + 20] = 'x';
    CHECK(
        error_of(flipped) ==
        "test.tar is damaged or cut short after its entry first: Damaged tar archive");
    CHECK(error_of("this is no archive") == "test.tar is no archive");
    CHECK(error_of("") == "test.tar is no archive");
    const std::string newc = written_by_libarchive("newc");
    CHECK(error_of(newc.substr(0, 1000))
              .starts_with("test.tar is damaged or cut short after its entry one: "));
}

TEST_CASE("truncated compressed archives are errors, wherever they were cut") {
    Tar tar;
    std::string noise;
    unsigned state = 1;
    for (int i = 0; i < 300'000; ++i) {
        state = state * 1103515245U + 12345U;
        noise += static_cast<char>(state >> 16U);
    }
    tar.add({.name = "first", .content = "1"}).add({.name = "noise", .content = noise});
    for (const char* const filter : {"gzip", "xz", "zstd", "bzip2", "lz4"}) {
        const std::string whole = compressed(tar.finished(), filter);
        for (const std::size_t percent : {1U, 20U, 50U, 90U, 99U}) {
            CAPTURE(std::string(filter));
            CAPTURE(percent);
            CHECK(error_of(whole.substr(0, whole.size() * percent / 100)) != "no error");
        }
        std::string damaged = whole;
        damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
        // The others carry a checksum only if the one who compressed asked for it.
        if (std::string(filter) != "zstd" && std::string(filter) != "lz4") {
            CHECK(error_of(damaged) != "no error");
        }
    }
}

TEST_CASE("gzip's checksum counts, also behind the end of the archive") {
    Tar tar;
    tar.add({.name = "first", .content = "1"});
    const std::string whole = compressed(tar.finished() + std::string(1'000'000, '\0'), "gzip");
    CHECK(error_of(whole) == "no error");
    std::string damaged = whole;
    damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);
    CHECK(
        error_of(damaged) ==
        "test.tar is damaged or cut short after its entry first: a checksum of the gzip stream is "
        "wrong");
    CHECK(
        error_of(whole + "more") == "test.tar is damaged or cut short after its entry first: other "
                                    "bytes follow the gzip stream");
}

TEST_CASE("what the source throws comes out as it is") {
    struct Special {};

    const auto fails = [](std::span<std::byte>) -> std::size_t { throw Special(); };
    CHECK_THROWS_AS(Reader(fails, "x"), Special);
    Tar tar;
    tar.add({.name = "a", .content = std::string(5000, 'x')});
    tar.add({.name = "b", .content = std::string(1'000'000, 'x')});
    Reader reader(
        [source = source_of(tar.finished(), 1024),
         pieces = 0](std::span<std::byte> buffer) mutable {
            if (++pieces > 600) {
                throw Special();
            }
            return source(buffer);
        },
        "x");
    (void)reader.next();
    CHECK(content_of(reader, 5000) == std::string(5000, 'x'));
    (void)reader.next();
    CHECK_THROWS_AS(content_of(reader, 1'000'000), Special);
}

TEST_CASE("an open reader can be moved") {
    Tar tar;
    tar.add({.name = "a", .content = "1"}).add({.name = "b", .content = "22"});
    Reader first(source_of(tar.finished(), 512), "x");
    (void)first.next();
    Reader second = std::move(first);
    CHECK(second.next()->entry.path == "b");
    CHECK(content_of(second, 2) == "22");
}

TEST_CASE("files are opened by path, and a missing one names itself") {
    const test::TemporaryDirectory directory;
    Tar tar;
    tar.add({.name = "f", .content = "x"});
    base::replace_file(directory / "a.tar.zst", compressed(tar.finished(), "zstd"));
    Reader reader = Reader::open_file(directory / "a.tar.zst");
    CHECK(reader.next()->entry.path == "f");
    CHECK(reader.name() == directory / "a.tar.zst");
    CHECK_THROWS_WITH(
        Reader::open_file("/nonexistent/a.tar"),
        "opening /nonexistent/a.tar: No such file or directory");
    CHECK_THROWS_WITH(
        Reader::open_file(directory.path()),
        ("reading " + directory.path() + ": Is a directory").c_str());
}
