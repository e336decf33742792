// SPDX-License-Identifier: Apache-2.0
#include "tree/inventory.hpp"

#include "base/error.hpp"
#include "random_inventory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::tree;

namespace {

Entry file(const std::string& path, std::uint64_t size = 0, std::uint32_t group = 0) {
    Entry entry;
    entry.path = path;
    entry.mode = 0644;
    entry.size = size;
    entry.link_group = group;
    return entry;
}

Entry directory(const std::string& path) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::directory;
    entry.mode = 0755;
    return entry;
}

std::vector<std::string> paths(const Inventory& inventory) {
    std::vector<std::string> result;
    for (const Entry& entry : inventory.entries()) {
        result.push_back((entry.type == EntryType::whiteout ? "-" : "") + entry.path);
    }
    return result;
}

using Paths = std::vector<std::string>;

} // namespace

TEST_CASE("a directory comes right before what is in it") {
    const Inventory inventory(
        {file("a-b"),
         file("a/b/c"),
         directory("a"),
         file("a.c"),
         directory("a/b"),
         directory(""),
         file("a/B")});
    CHECK(paths(inventory) == Paths{"", "a", "a/B", "a/b", "a/b/c", "a-b", "a.c"});
    CHECK(path_less("a/\xff", "a\x01"));
    CHECK_FALSE(path_less("a", "a"));
}

TEST_CASE("a path that occurs twice is refused") {
    CHECK_THROWS_WITH_AS(
        Inventory({file("x\n"), file("y"), file("x\n")}),
        "an inventory has the path x\\x0a twice",
        base::Error);
}

TEST_CASE("link groups are numbered by their first names and need two names") {
    const Inventory inventory(
        {file("d", 1, 7), file("c", 2, 9), file("b", 1, 7), file("a", 2, 9), file("e", 4, 3)});
    std::vector<std::uint32_t> groups;
    for (const Entry& entry : inventory.entries()) {
        groups.push_back(entry.link_group);
    }
    CHECK(groups == std::vector<std::uint32_t>{1, 2, 1, 2, 0});
    CHECK(inventory.content_size() == 7);
}

TEST_CASE("find looks for exactly one path, below for all under it") {
    const Inventory inventory(
        {directory(""), directory("a"), file("a/b"), file("a/c"), file("a-b"), file("z")});
    REQUIRE(inventory.find("a/c") != nullptr);
    CHECK(inventory.find("a/c")->path == "a/c");
    CHECK(inventory.find("")->type == EntryType::directory);
    CHECK(inventory.find("a/") == nullptr);
    CHECK(inventory.find("zz") == nullptr);
    CHECK(inventory.below("a") == std::pair<std::size_t, std::size_t>{2, 4});
    CHECK(inventory.below("") == std::pair<std::size_t, std::size_t>{1, 6});
    CHECK(inventory.below("a/b") == std::pair<std::size_t, std::size_t>{3, 3});
    CHECK(inventory.below("zz") == std::pair<std::size_t, std::size_t>{6, 6});
}

TEST_CASE("a difference has whiteouts for the topmost vanished paths only") {
    const Inventory before(
        {directory(""), directory("a"), directory("a/b"), file("a/b/c"), file("a/x"), file("a-b")});
    const Inventory after({directory(""), directory("a"), file("a/x", 5), file("a-b")});
    const Inventory change = difference(before, after);
    CHECK(paths(change) == Paths{"-a/b", "a/x"});
    CHECK(apply(before, change) == after);
}

TEST_CASE("a directory that became a file needs no whiteouts below it") {
    const Inventory before({directory(""), directory("a"), directory("a/b"), file("a/b/c")});
    const Inventory after({directory(""), file("a", 1)});
    CHECK(paths(difference(before, after)) == Paths{"a"});
    CHECK(apply(before, difference(before, after)) == after);
    CHECK(paths(difference(after, before)) == Paths{"a", "a/b", "a/b/c"});
    CHECK(apply(after, difference(after, before)) == before);
}

TEST_CASE("nothing changed is an empty difference") {
    const Inventory tree({directory(""), file("a", 1, 1), file("b", 1, 1), file("c")});
    CHECK(difference(tree, tree).entries().empty());
    CHECK(apply(tree, Inventory()) == tree);
}

TEST_CASE("if one name of a file changed, all its names are part of the change") {
    const Inventory before({directory(""), file("a", 1, 1), file("b", 1, 1), file("c", 1)});

    SUBCASE("a name joined") {
        const Inventory after({directory(""), file("a", 1, 1), file("b", 1, 1), file("c", 1, 1)});
        CHECK(paths(difference(before, after)) == Paths{"a", "b", "c"});
    }
    SUBCASE("the link was broken") {
        const Inventory after({directory(""), file("a", 1), file("b", 1), file("c", 1)});
        CHECK(paths(difference(before, after)) == Paths{"a", "b"});
    }
    SUBCASE("the content changed under both names") {
        const Inventory after({directory(""), file("a", 2, 1), file("b", 2, 1), file("c", 1)});
        CHECK(paths(difference(before, after)) == Paths{"a", "b"});
        CHECK(difference(before, after).entries()[0].link_group == 1);
    }
    SUBCASE("a removed name leaves the others as they are") {
        const Inventory after({directory(""), file("a", 1), file("c", 1)});
        CHECK(paths(difference(before, after)) == Paths{"-b"});
        CHECK(apply(before, difference(before, after)) == after);
    }
}

TEST_CASE("applying a difference gives the other tree, whatever the trees are") {
    test::RandomInventories random(20260301);
    std::size_t whiteouts = 0;
    std::size_t links = 0;
    for (int round = 0; round < 3000; ++round) {
        const Inventory before = random.make();
        const Inventory after = random.make();
        const Inventory change = difference(before, after);
        REQUIRE(apply(before, change) == after);
        REQUIRE(parse_inventory(serialise(change), "test") == change);
        for (const Entry& entry : change.entries()) {
            whiteouts += entry.type == EntryType::whiteout ? 1 : 0;
            links += entry.link_group != 0 ? 1 : 0;
        }
    }
    // The random trees must have had what the property is about.
    CHECK(whiteouts > 1000);
    CHECK(links > 1000);
}

TEST_CASE("changes on top of each other give the last tree") {
    test::RandomInventories random(7);
    for (int round = 0; round < 300; ++round) {
        const Inventory first = random.make();
        const Inventory second = random.make();
        const Inventory third = random.make();
        CHECK(apply(apply(first, difference(first, second)), difference(second, third)) == third);
    }
}
