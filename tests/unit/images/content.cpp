// SPDX-License-Identifier: Apache-2.0
// Excludes, remembered digests, imports.
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/time.hpp"
#include "images/digest_cache.hpp"
#include "images/excludes.hpp"
#include "images/history.hpp"
#include "images/import.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace imgbuild;
using images::Excludes;
using images::ImageStore;
using test::TemporaryDirectory;

namespace {

struct Work {
    base::SilentReporter reporter;
    base::ThreadPool pool = base::ThreadPool(2);
    base::Context context = {reporter, pool, {}};
};

tree::Inventory inventory_of(const std::vector<std::string>& paths) {
    std::vector<tree::Entry> entries(1);
    entries[0].type = tree::EntryType::directory;
    for (const std::string& path : paths) {
        tree::Entry entry;
        entry.path = path;
        entry.type = path.ends_with('d') ? tree::EntryType::directory : tree::EntryType::regular;
        entries.push_back(entry);
    }
    return tree::Inventory(std::move(entries));
}

std::vector<std::string> paths_of(const tree::Inventory& inventory) {
    std::vector<std::string> paths;
    for (const tree::Entry& entry : inventory.entries()) {
        paths.push_back(entry.path);
    }
    return paths;
}

ImageStore store_in(const TemporaryDirectory& top) {
    images::Locations locations;
    locations.chroots = top / "chroots";
    locations.output = top / "images";
    return ImageStore(locations);
}

} // namespace

TEST_CASE("without the marker excludes are Warewulf's") {
    const Excludes excludes = Excludes::parse("/boot/\n# usr\n!boot/x\nusr/**/doc\n", "excludes");
    CHECK(excludes.excludes("boot"));
    CHECK(excludes.excludes("boot/x"));
    CHECK(excludes.excludes("usr/a/doc"));
    CHECK_FALSE(excludes.excludes("usr/a/b/doc"));
    CHECK(excludes.excludes("# usr"));
}

TEST_CASE("with the marker there are comments, any depth, and exceptions") {
    const Excludes excludes = Excludes::parse(
        "#!imgbuild\n# comment\nusr/**/docd\n!usr/share/docd/keep*\n**/*.a\n", "excludes");
    CHECK(excludes.excludes("usr/docd"));
    CHECK(excludes.excludes("usr/share/docd/x"));
    CHECK_FALSE(excludes.excludes("usr/share/docd/keep1"));
    CHECK(excludes.excludes("lib.a"));
    CHECK(excludes.excludes("usr/lib/deep/lib.a"));
    CHECK_FALSE(excludes.excludes("# comment"));
    const auto left = excludes.apply_to(inventory_of(
        {"usrd",
         "usr/shared",
         "usr/share/docd",
         "usr/share/docd/keep",
         "usr/share/docd/x",
         "l.a"}));
    CHECK(
        paths_of(left) == std::vector<std::string>{
                              "", "usr/share/docd", "usr/share/docd/keep", "usr/shared", "usrd"});
    CHECK_THROWS_WITH_AS(
        Excludes::parse("#!imgbuild\n\na/[b\n", "x"), "x:3: malformed pattern a/[b", base::Error);
}

TEST_CASE("many ** in a pattern don't take for ever, and mean what they should") {
    std::string deep = "a";
    std::string pattern = "**";
    for (int i = 0; i < 60; ++i) {
        deep += "/a";
        pattern += "/**/a";
    }
    const Excludes excludes =
        Excludes::parse("#!imgbuild\n" + pattern + "/x\n**/b/**/c\nd/**\n", "x");
    CHECK_FALSE(excludes.excludes(deep));
    CHECK(excludes.excludes(deep + "/a/x"));
    for (const char* const path :
         {"b/c", "a/b/c", "b/x/y/c", "b/b/c/c", "c/b/b/x/c/deeper", "d", "d/x"}) {
        CAPTURE(path);
        CHECK(excludes.excludes(path));
    }
    for (const char* const path : {"b", "c", "c/b", "b/x", "a/d", "bb/c"}) {
        CAPTURE(path);
        CHECK_FALSE(excludes.excludes(path));
    }
}

TEST_CASE("a list of excludes that is no file is refused") {
    const TemporaryDirectory top;
    base::make_directories(top / "etc/warewulf");
    const root::Root root = root::Root::open(top.path());
    CHECK_FALSE(Excludes::of(root).excludes("boot"));
    REQUIRE(::mkfifo((top / "etc/warewulf/excludes").c_str(), 0600) == 0);
    CHECK_THROWS_AS(Excludes::of(root), base::Error);
    base::remove_tree(top / "etc/warewulf/excludes");
    base::replace_file(top / "etc/warewulf/excludes", std::string(2U << 20U, '\n'));
    CHECK_THROWS_AS(Excludes::of(root), base::Error);
}

TEST_CASE("digests are remembered for files in the same state, but for those that just changed") {
    const TemporaryDirectory top;
    const std::string path = top / "own/digests";
    const tree::FileState old = {1, 2, 3, {100, 4}, {200, 5}};
    tree::FileState fresh = old;
    fresh.ctime.seconds = base::now();
    {
        images::DigestCache cache(path);
        cache.add("old", old, crypto::sha256("old"));
        cache.add("name with blanks", old, crypto::sha256("blanks"));
        cache.add("fresh", fresh, crypto::sha256("fresh"));
        cache.save();
    }
    {
        const images::DigestCache cache(path);
        CHECK(cache.find("old", old) == crypto::sha256("old"));
        CHECK(cache.find("name with blanks", old) == crypto::sha256("blanks"));
        CHECK_FALSE(cache.find("fresh", fresh).has_value());
        tree::FileState other = old;
        ++other.ctime.nanoseconds;
        CHECK_FALSE(cache.find("old", other).has_value());
        other = old;
        ++other.inode;
        CHECK_FALSE(cache.find("old", other).has_value());
    }
    // A damaged cache is none.
    std::string text = base::read_file(path);
    text[text.size() - 2] = 'X';
    base::replace_file(path, text);
    CHECK_FALSE(images::DigestCache(path).find("old", old).has_value());
}

TEST_CASE("a change that keeps size and time is seen") {
    const TemporaryDirectory top;
    Work work;
    base::make_directories(top / "root");
    base::replace_file(top / "root/a", "aaa");
    const timespec times[2] = {{1000, 0}, {1000, 0}};
    REQUIRE(::utimensat(AT_FDCWD, (top / "root/a").c_str(), times, 0) == 0);
    const root::Root root = root::Root::open(top / "root");
    const auto digest = [&] {
        return images::read_inventory(root, top / "own", work.context).find("a")->digest;
    };
    CHECK(digest() == crypto::sha256("aaa"));
    base::replace_file(top / "root/a", "xxx");
    REQUIRE(::utimensat(AT_FDCWD, (top / "root/a").c_str(), times, 0) == 0);
    CHECK(digest() == crypto::sha256("xxx"));
}

TEST_CASE("a directory becomes an image, and again only when something differs") {
    const TemporaryDirectory top;
    Work work;
    const ImageStore store = store_in(top);
    base::make_directories(top / "source/bin");
    base::make_directories(top / "source/.singularity.d");
    base::replace_file(top / "source/bin/sh", "shell", 0755);
    REQUIRE(::symlink(".singularity.d/x", (top / "source/.shell").c_str()) == 0);
    const auto import = [&](const images::ImportOptions& options) {
        return images::import_image(
            store,
            "a",
            images::directory_source(store, top / "source", false),
            options,
            work.context);
    };
    const images::ImportOutcome first = import({});
    CHECK_FALSE(first.findings.empty());
    CHECK(base::read_file(top / "chroots/a/rootfs/bin/sh") == "shell");
    CHECK_FALSE(base::exists(top / "chroots/a/rootfs/.singularity.d"));
    struct stat link = {};
    CHECK(::lstat((top / "chroots/a/rootfs/.shell").c_str(), &link) != 0);
    CHECK_THROWS_WITH_AS(import({}), "there is an image a already", base::UsageError);

    CHECK(import({.update = true}).is_unchanged);
    base::replace_file(top / "source/new", "new");
    const images::ImportOutcome update = import({.update = true});
    CHECK_FALSE(update.is_unchanged);
    CHECK(update.added == 1);
    CHECK(update.removed == 0);
    CHECK(images::read_history(store.own_directory("a")).size() == 2);
    import({.force = true});
    CHECK(images::read_history(store.own_directory("a")).size() == 1);
}

TEST_CASE("an update changes what differs and leaves the rest as it stands") {
    const TemporaryDirectory top;
    Work work;
    const ImageStore store = store_in(top);
    const std::string source = top / "source";
    const std::string root = top / "chroots/a/rootfs";
    base::make_directories(source + "/bin");
    base::make_directories(source + "/gone/deep");
    base::make_directories(source + "/becomes-a-file");
    base::make_directories(source + "/.singularity.d");
    REQUIRE(::chmod(source.c_str(), 0700) == 0);
    base::replace_file(source + "/bin/sh", "shell", 0755);
    base::replace_file(source + "/bin/tool", "tool");
    base::replace_file(source + "/gone/deep/file", "x");
    base::replace_file(source + "/becomes-a-directory", "x");
    images::ImportSource from = images::directory_source(store, source, false);
    SUBCASE("compared where it stands") {}
    SUBCASE("unpacked first") {
        from.tree.reset();
    }
    const auto import = [&](const images::ImportOptions& options) {
        return images::import_image(store, "a", from, options, work.context);
    };
    import({});
    CHECK(import({.update = true}).is_unchanged);
    struct stat before = {};
    REQUIRE(::stat((root + "/bin/sh").c_str(), &before) == 0);

    base::remove_tree(source + "/gone");
    base::remove_tree(source + "/becomes-a-file");
    base::replace_file(source + "/becomes-a-file", "file");
    base::remove_tree(source + "/becomes-a-directory");
    base::make_directories(source + "/becomes-a-directory/with/more");
    base::replace_file(source + "/becomes-a-directory/with/more/file", "more");
    // Another name of a file that stays, and other content that has several names.
    REQUIRE(::link((source + "/bin/tool").c_str(), (source + "/tool").c_str()) == 0);
    base::replace_file(source + "/.singularity.d/runscript", "not of the image");
    // What somebody did in the image is undone: it becomes what the source is.
    base::replace_file(root + "/stray", "stray");
    const images::ImportOutcome outcome = import({.update = true});
    CHECK_FALSE(outcome.is_unchanged);
    struct stat after = {};
    REQUIRE(::stat((root + "/bin/sh").c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    CHECK(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
    CHECK_FALSE(base::exists(root + "/gone"));
    CHECK_FALSE(base::exists(root + "/stray"));
    CHECK_FALSE(base::exists(root + "/.singularity.d"));
    CHECK(base::read_file(root + "/becomes-a-file") == "file");
    CHECK(base::read_file(root + "/becomes-a-directory/with/more/file") == "more");
    REQUIRE(::stat((root + "/tool").c_str(), &after) == 0);
    CHECK(after.st_nlink == 2);
    REQUIRE(::stat(root.c_str(), &after) == 0);
    CHECK((after.st_mode & 07777U) == 0755);
    CHECK_FALSE(base::exists(store.own_directory("a") + "/merge"));
    CHECK(import({.update = true}).is_unchanged);
    CHECK(images::read_history(store.own_directory("a")).size() == 2);
    // A source that is no root leaves the image as it is.
    base::remove_tree(source + "/bin");
    CHECK_THROWS_AS(import({.update = true}), base::UsageError);
    CHECK(base::exists(root + "/bin/sh"));
}

TEST_CASE("a failed import leaves what was there") {
    const TemporaryDirectory top;
    Work work;
    const ImageStore store = store_in(top);
    base::make_directories(top / "chroots/a/rootfs/bin");
    base::replace_file(top / "chroots/a/rootfs/bin/sh", "old");
    base::make_directories(top / "empty");
    CHECK_THROWS_AS(
        images::import_image(
            store,
            "a",
            images::directory_source(store, top / "empty", false),
            {.force = true},
            work.context),
        base::UsageError);
    images::ImportSource failing;
    failing.description = "nothing";
    failing.fill = [](const root::Root&, const base::Context&) { throw base::Error("cut off"); };
    CHECK_THROWS_AS(
        images::import_image(store, "a", failing, {.force = true}, work.context), base::Error);
    CHECK_THROWS_AS(images::import_image(store, "b", failing, {}, work.context), base::Error);
    CHECK(base::read_file(top / "chroots/a/rootfs/bin/sh") == "old");
    CHECK(store.names() == std::vector<std::string>{"a"});
    CHECK_FALSE(base::exists(top / "chroots/b"));
}
