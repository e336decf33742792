// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "images/ownership_journal.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace imgbuild;
using images::IdMap;
using images::OwnershipChange;
using test::TemporaryDirectory;

namespace {

struct Work {
    base::SilentReporter reporter;
    base::ThreadPool pool = base::ThreadPool(2);
    base::Context context = {reporter, pool, {}};
};

/// An access list with one named user and one named group.
std::string acl(std::uint32_t user, std::uint32_t group) {
    struct Entry {
        std::uint16_t tag;
        std::uint16_t permissions;
        std::uint32_t id;
    };

    const Entry entries[] = {
        {0x01, 6, UINT32_MAX}, {0x02, 4, user}, {0x08, 4, group}, {0x20, 0, UINT32_MAX}};
    std::string value("\x02\0\0\0", 4);
    value.append(reinterpret_cast<const char*>(entries), sizeof entries);
    return value;
}

struct stat status_of(const std::string& path) {
    struct stat status = {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

} // namespace

TEST_CASE("an access list's numbers follow") {
    const std::string value = acl(101, 102);
    CHECK(images::mapped_acl(value, {{101, 998}}, {{102, 997}}) == acl(998, 997));
    CHECK(images::mapped_acl(value, {{102, 5}}, {{101, 6}}) == value);
    CHECK(images::mapped_acl("odd", {{1, 2}}, {}) == "odd");
}

TEST_CASE("one change a file, also for files with several names and lists of others") {
    tree::Entry link;
    link.path = "a";
    link.uid = 101;
    link.link_group = 1;
    tree::Entry second = link;
    second.path = "b";
    tree::Entry listed;
    listed.path = "c";
    listed.uid = 5;
    listed.xattrs = {{"system.posix_acl_access", acl(101, 1)}};
    tree::Entry other;
    other.path = "d";
    const auto changes =
        images::ownership_changes(tree::Inventory({link, second, listed, other}), {{101, 7}}, {});
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].path == "a");
    CHECK(changes[0].new_uid == 7);
    CHECK(changes[1].path == "c");
    CHECK(changes[1].new_uid == 5);
    CHECK(changes[1].attributes[0].new_value == acl(7, 1));
}

TEST_CASE("the journal comes back as it was written") {
    const std::vector<OwnershipChange> changes = {
        {.path = "odd \n\\n /name\r",
         .uid = 1,
         .gid = 2,
         .new_uid = 3,
         .new_gid = 4,
         .mode = 04755},
        {.path = "x",
         .uid = 1,
         .gid = 2,
         .new_uid = 3,
         .new_gid = 4,
         .mode = 0777,
         .is_link = true,
         .attributes = {{"security.capability", std::string("\0\x01\xff", 3), "n"}}}};
    const images::OwnershipJournal journal = {
        changes, {{"etc/passwd", "a:\\n\r\nb\n"}, {"etc/group", ""}}};
    const std::string text = images::journal_text(journal);
    CHECK(images::parse_journal(text, "j") == journal);
    // No other file is ever written.
    CHECK_THROWS_AS(
        images::parse_journal(images::journal_text({{}, {{"etc/sudoers", "x"}}}), "j"),
        base::Error);
    // Cut short it means nothing, wherever it is cut.
    CHECK_THROWS_AS(images::parse_journal(text.substr(0, text.size() - 4), "j"), base::Error);
    CHECK_THROWS_AS(images::parse_journal("", "j"), base::Error);
}

TEST_CASE("owners change, modes and what links point to don't" * doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "root/etc");
    base::make_directories(top / "root/dir");
    base::replace_file(top / "outside", "host");
    base::replace_file(top / "root/dir/su", "x", 06755);
    base::replace_file(top / "root/etc/passwd", "old");
    REQUIRE(::symlink((top / "outside").c_str(), (top / "root/link").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (top / "root/dangling").c_str()) == 0);
    for (const char* const name : {"root/link", "root/dangling", "root/dir/su", "root/dir"}) {
        REQUIRE(::lchown((top / name).c_str(), 101, 102) == 0);
    }
    REQUIRE(::chmod((top / "root/dir/su").c_str(), 06755) == 0);
    const root::Root root = root::Root::open(top / "root");
    const auto changes = [&] {
        return images::ownership_changes(
            tree::scan(root.fd(), "root", {.with_digests = false}, work.context),
            {{101, 998}},
            {{102, 997}});
    };
    const auto before = changes();
    REQUIRE(before.size() == 4);

    SUBCASE("at once") {
        images::change_ownership(
            root, top / "own", {before, {{"etc/passwd", "new"}}}, work.context);
    }
    SUBCASE("by the next verb after a kill in the middle") {
        base::make_directories(top / "own");
        base::replace_file(
            top / "own/syncuser", images::journal_text({before, {{"etc/passwd", "new"}}}));
        base::replace_file(top / "root/etc/.imgbuild-passwd", "half");
        // Killed between owner and mode.
        REQUIRE(::chown((top / "root/dir/su").c_str(), 998, 997) == 0);
        CHECK(images::complete_ownership_change(root, top / "own", work.context));
    }
    CHECK(status_of(top / "root/dir/su").st_uid == 998);
    CHECK(status_of(top / "root/dir/su").st_gid == 997);
    CHECK((status_of(top / "root/dir/su").st_mode & 07777U) == 06755);
    CHECK(status_of(top / "root/link").st_uid == 998);
    CHECK(status_of(top / "root/dangling").st_uid == 998);
    CHECK(status_of(top / "outside").st_uid == 0);
    CHECK(base::read_file(top / "root/etc/passwd") == "new");
    CHECK(root.list("etc") == std::vector<std::string>{"passwd"});
    CHECK(changes().empty());
    CHECK_FALSE(base::exists(top / "own/syncuser"));
    CHECK_FALSE(images::complete_ownership_change(root, top / "own", work.context));
}

TEST_CASE("a change that fails is undone" * doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "root/etc");
    base::replace_file(top / "root/etc/passwd", "old");
    for (int i = 0; i < 2000; ++i) {
        const std::string path = top / ("root/" + std::to_string(i));
        base::replace_file(path, "");
        REQUIRE(::chown(path.c_str(), 101, 0) == 0);
    }
    const root::Root root = root::Root::open(top / "root");
    auto changes = images::ownership_changes(
        tree::scan(root.fd(), "root", {.with_digests = false}, work.context), {{101, 998}}, {});
    // Somebody removes a file meanwhile.
    base::remove_tree(top / "root/1500");
    CHECK_THROWS_AS(
        images::change_ownership(
            root, top / "own", {changes, {{"etc/passwd", "new"}}}, work.context),
        base::Error);
    for (int i = 0; i < 2000; i += 7) {
        if (i != 1500) {
            REQUIRE(status_of(top / ("root/" + std::to_string(i))).st_uid == 101);
        }
    }
    CHECK(base::read_file(top / "root/etc/passwd") == "old");
    CHECK_FALSE(base::exists(top / "own/syncuser"));
}

TEST_CASE(
    "a change that somebody's work overtook is completed all the same" *
    doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "root/etc");
    base::make_directories(top / "root/gone");
    base::make_directories(top / "own");
    std::vector<OwnershipChange> changes;
    for (const char* const name : {"a", "b", "c", "gone/d"}) {
        base::replace_file(top / (std::string("root/") + name), "");
        changes.push_back(
            {.path = name, .uid = 101, .gid = 0, .new_uid = 998, .new_gid = 0, .mode = 0644});
    }
    base::replace_file(
        top / "own/syncuser", images::journal_text({changes, {{"etc/passwd", "new"}}}));
    REQUIRE(::chown((top / "root/a").c_str(), 101, 0) == 0);
    REQUIRE(::chown((top / "root/b").c_str(), 7, 0) == 0);
    base::remove_tree(top / "root/c");
    base::remove_tree(top / "root/gone");
    const root::Root root = root::Root::open(top / "root");
    CHECK(images::complete_ownership_change(root, top / "own", work.context));
    CHECK(status_of(top / "root/a").st_uid == 998);
    CHECK(status_of(top / "root/b").st_uid == 7);
    CHECK(base::read_file(top / "root/etc/passwd") == "new");
    CHECK_FALSE(base::exists(top / "own/syncuser"));
}

TEST_CASE("account files that can't be written change no owner" * doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "root");
    base::replace_file(top / "root/file", "");
    REQUIRE(::chown((top / "root/file").c_str(), 101, 0) == 0);
    const root::Root root = root::Root::open(top / "root");
    const images::OwnershipJournal journal = {
        {{.path = "file", .uid = 101, .gid = 0, .new_uid = 998, .new_gid = 0, .mode = 0644}},
        {{"etc/passwd", "new"}}};
    // There is no /etc.
    CHECK_THROWS_AS(
        images::change_ownership(root, top / "own", journal, work.context), base::Error);
    CHECK(status_of(top / "root/file").st_uid == 101);
    CHECK_FALSE(base::exists(top / "own/syncuser"));
}

TEST_CASE(
    "new account files have the owner and mode that the former ones have by then" *
    doctest::skip(::geteuid() != 0)) {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "root/etc");
    base::replace_file(top / "root/etc/shadow", "old");
    REQUIRE(::chown((top / "root/etc/shadow").c_str(), 0, 42) == 0);
    REQUIRE(::chmod((top / "root/etc/shadow").c_str(), 0604) == 0);
    const root::Root root = root::Root::open(top / "root");
    images::change_ownership(
        root,
        top / "own",
        {{{.path = "etc/shadow", .uid = 0, .gid = 42, .new_uid = 0, .new_gid = 15, .mode = 0604}},
         {{"etc/shadow", "new"}, {"etc/gshadow", "x"}}},
        work.context);
    CHECK(base::read_file(top / "root/etc/shadow") == "new");
    CHECK(status_of(top / "root/etc/shadow").st_gid == 15);
    CHECK((status_of(top / "root/etc/shadow").st_mode & 07777U) == 0604);
    CHECK((status_of(top / "root/etc/gshadow").st_mode & 07777U) == 0640);
}
