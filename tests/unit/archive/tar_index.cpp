// SPDX-License-Identifier: Apache-2.0
#include "archive/tar_index.hpp"

#include "base/file.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

using namespace imgbuild;
using archive::TarIndex;
using test::Tar;

namespace {

TarIndex index_of(const std::string& bytes) {
    const test::TemporaryDirectory directory;
    base::replace_file(directory / "tar", bytes);
    const base::UniqueFd fd = base::open_at(AT_FDCWD, directory / "tar", O_RDONLY);
    return archive::read_tar_index(fd.get(), "test.tar");
}

} // namespace

TEST_SUITE("tar_index") {
    TEST_CASE("members and where their content is") {
        Tar tar;
        tar.add({.name = "./", .type = '5', .mode = 0755});
        tar.add(
            {.name = "./a", .mode = 04711, .content = "content", .uid = 7, .gid = 8, .mtime = 9});
        tar.add({.name = "./b", .type = '1', .link = "./a"});
        tar.add({.name = "./c", .type = '2', .mode = 0777, .link = "a"});
        const std::string bytes = tar.finished();
        const TarIndex index = index_of(bytes);
        CHECK(index.problem.empty());
        REQUIRE(index.members.size() == 4);
        CHECK(index.members[0].entry.path == ".");
        CHECK(index.members[0].entry.type == tree::EntryType::directory);
        const archive::TarMember& file = index.members[1];
        CHECK(file.entry.path == "./a");
        CHECK(file.entry.mode == 04711);
        CHECK(file.entry.uid == 7);
        CHECK(file.entry.gid == 8);
        CHECK(file.entry.mtime.seconds == 9);
        CHECK(bytes.substr(file.offset, file.entry.size) == "content");
        CHECK(index.members[2].hardlink_target == "./a");
        CHECK(index.members[3].entry.link_target == "a");
    }

    TEST_CASE("GNU's long names") {
        const std::string name = "./" + std::string(300, 'n');
        const std::string link(200, 'l');
        Tar tar;
        tar.add({.name = "././@LongLink", .type = 'K', .content = link + '\0'});
        tar.add({.name = "././@LongLink", .type = 'L', .content = name + '\0'});
        tar.add({.name = "./cut", .type = '2', .link = "cut"});
        tar.add({.name = "./short"});
        const TarIndex index = index_of(tar.finished());
        REQUIRE(index.members.size() == 2);
        CHECK(index.members[0].entry.path == name);
        CHECK(index.members[0].entry.link_target == link);
        CHECK(index.members[1].entry.path == "./short");
    }

    TEST_CASE("what it can't describe is a problem, and nothing behind it is told") {
        Tar pax;
        pax.add({.name = "./a"});
        pax.add({.name = "./b", .records = {{"comment", "x"}}});
        CHECK(index_of(pax.finished()).problem == "pax in it is of type 'x'");
        CHECK(index_of(pax.finished()).members.size() == 1);
        Tar device;
        device.add({.name = "./null", .type = '3', .major = 1, .minor = 3});
        CHECK(index_of(device.finished()).problem == "./null in it is of type '3'");
        Tar whole;
        whole.add({.name = "./a", .content = "content"});
        CHECK(index_of(whole.unfinished()).problem == "it has no end mark");
        std::string damaged = whole.finished();
        damaged[3] = 'X';
        CHECK(index_of(damaged).problem == "a header's checksum is wrong");
        CHECK(index_of("").problem == "it has no end mark");
    }
}
