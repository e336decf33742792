// SPDX-License-Identifier: Apache-2.0
#include "pack/newc.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace imgbuild;

namespace {

constexpr std::int64_t noon = 1'700'000'000; // 0x6553f100

} // namespace

TEST_CASE("a file's header has every number in its place") {
    const tree::Entry entry = {
        .path = "usr/bin/su",
        .type = tree::EntryType::regular,
        .mode = 04755,
        .uid = 0x12345678,
        .gid = 33,
        .size = 72000,
        .mtime = {noon - 1, 999},
    };
    const std::string wanted = std::string("070701"
                                           "00000007" // inode
                                           "000089ed" // regular file, 4755
                                           "12345678"
                                           "00000021"
                                           "00000002" // links
                                           "6553f0ff"
                                           "00011940"
                                           "00000000"
                                           "00000000"
                                           "00000000"
                                           "00000000"
                                           "0000000b" // the name and its end
                                           "00000000"
                                           "usr/bin/su") +
                               std::string(4, '\0');
    const std::string header = pack::newc_header(
        entry, {.inode = 7, .links = 2, .content_size = 72000, .latest_time = noon});
    CHECK(header == wanted);
    CHECK(header.size() % 4 == 0);
    CHECK(pack::newc_header_size(entry) == header.size());
}

TEST_CASE("times are clamped, and never before 1970") {
    tree::Entry entry = {.path = "a", .mtime = {noon + 5, 0}};
    CHECK(pack::newc_header(entry, {.latest_time = noon}).substr(46, 8) == "6553f100");
    entry.mtime.seconds = -5;
    CHECK(pack::newc_header(entry, {.latest_time = noon}).substr(46, 8) == "00000000");
}

TEST_CASE("a symlink's target is its content") {
    const tree::Entry entry = {
        .path = "bin", .type = tree::EntryType::symlink, .mode = 0777, .link_target = "usr/bin"};
    const std::string header = pack::newc_header(entry, {.latest_time = noon});
    CHECK(header.substr(14, 8) == "0000a1ff");
    CHECK(header.substr(54, 8) == "00000007");
    CHECK(header.substr(110) == std::string("bin\0\0\0usr/bin\0", 14));
    CHECK(pack::newc_header_size(entry) == header.size());
}

TEST_CASE("devices have their numbers") {
    const tree::Entry entry = {
        .path = "dev/null",
        .type = tree::EntryType::char_device,
        .mode = 0666,
        .major = 1,
        .minor = 3};
    const std::string header = pack::newc_header(entry, {.latest_time = noon});
    CHECK(header.substr(14, 8) == "000021b6");
    CHECK(header.substr(78, 16) == "0000000100000003");
}

TEST_CASE("an archive ends with its trailer and fills a block of 512 bytes") {
    for (const std::uint64_t size : {0U, 4U, 388U, 392U, 508U, 512U, 100000U}) {
        const std::string end = pack::newc_end(size);
        CAPTURE(size);
        CHECK((size + end.size()) % 512 == 0);
        CHECK(end.size() < 512 + 124);
        CHECK(end.substr(110, 11) == std::string("TRAILER!!!\0", 11));
    }
}

TEST_CASE("contents are filled up to four bytes") {
    CHECK(pack::newc_padding(0) == 0);
    CHECK(pack::newc_padding(1) == 3);
    CHECK(pack::newc_padding(4) == 0);
    CHECK(pack::newc_padding(0xFFFF'FFFF) == 1);
}
