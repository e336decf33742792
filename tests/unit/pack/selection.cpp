// SPDX-License-Identifier: Apache-2.0
#include "pack/selection.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

namespace {

using Type = tree::EntryType;

std::vector<std::string> paths_of(const tree::Inventory& inventory) {
    std::vector<std::string> paths;
    for (const tree::Entry& entry : inventory.entries()) {
        paths.push_back(entry.path);
    }
    return paths;
}

/// What is said against one entry.
std::string message_for(const tree::Entry& entry) {
    try {
        pack::select_entries(tree::Inventory({entry}), {}, {});
    } catch (const base::Error& error) {
        CHECK(error.exit_code() == base::ExitCode::pack);
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("the root itself, what is excluded and sockets stay out") {
    const tree::Inventory root({
        {.path = "", .type = Type::directory},
        {.path = "boot", .type = Type::directory},
        {.path = "boot/vmlinuz"},
        {.path = "boot-loader"},
        {.path = "run", .type = Type::directory},
        {.path = "run/log", .type = Type::socket},
        {.path = "run/pipe", .type = Type::fifo},
        {.path = "tmp.bak"},
    });
    const tree::ExcludePatterns excludes({"/boot/", "*.bak"}, "excludes");
    const pack::Selection selection = pack::select_entries(root, excludes, {});
    CHECK(
        paths_of(selection.inventory) ==
        std::vector<std::string>{"boot-loader", "run", "run/pipe"});
    CHECK(selection.warnings == std::vector<std::string>{"run/log: a socket, left out"});
}

TEST_CASE("extended attributes that nobody restores are named") {
    const tree::Inventory root({
        {.path = "usr/bin/ping", .xattrs = {{"security.capability", "x"}}},
        {.path = "usr/bin/arping", .xattrs = {{"security.capability", "x"}}},
        {.path = "srv/data", .xattrs = {{"user.note", "x"}, {"user.other", "y"}}},
    });
    const pack::Selection selection = pack::select_entries(root, {}, {"usr/bin/ping"});
    CHECK(
        selection.warnings ==
        std::vector<std::string>{
            "srv/data: its extended attribute user.note is lost, a cpio archive holds none",
            "srv/data: its extended attribute user.other is lost, a cpio archive holds none",
            "usr/bin/arping: its file capabilities are lost, a cpio archive holds none"});
}

TEST_CASE("what the format can't hold is refused by name") {
    constexpr std::uint64_t four_gib = std::uint64_t{1} << 32U;
    CHECK(message_for({.path = "srv/fits", .size = four_gib - 1}).empty());
    CHECK(
        message_for({.path = "srv/db", .size = four_gib}) ==
        "can't pack the image: srv/db has 4.29 GB; a cpio archive holds files below 4 GiB");
    CHECK(
        message_for({.path = "srv/a\nb"}) ==
        "can't pack the image: srv/a\\x0ab has a newline in its name");
    CHECK(
        message_for({.path = "TRAILER!!!"}) ==
        "can't pack the image: TRAILER!!! has the name that ends a cpio archive");
    CHECK(message_for({.path = "srv/TRAILER!!!"}).empty());
    CHECK(
        message_for({.path = "srv/x", .uid = 0xFFFFFFFF}) ==
        "can't pack the image: srv/x has the owner 4294967295, which no file can have");
    CHECK(
        message_for({.path = "dev/x", .type = Type::block_device, .major = 4096, .minor = 1}) ==
        "can't pack the image: dev/x has the device number 4096:1, too large");
    CHECK(message_for({.path = std::string(4095, 'x')}).empty());
    CHECK(
        message_for({.path = std::string(4096, 'x')}) ==
        "can't pack the image: " + std::string(4096, 'x') +
            " has a path of 4096 bytes; the kernel takes 4095");
    CHECK(
        message_for({.path = "x", .type = Type::symlink, .link_target = std::string(4096, 'y')}) ==
        "can't pack the image: x has a target of 4096 bytes; the kernel takes 4095");
}

TEST_CASE("all that is refused is named, and excluding it helps") {
    const tree::Inventory root({{.path = "a\n"}, {.path = "b\n"}, {.path = "c"}});
    try {
        pack::select_entries(root, {}, {});
        FAIL("nothing was refused");
    } catch (const base::Error& error) {
        CHECK(
            std::string(error.what()) ==
            "can't pack the image: a\\x0a has a newline in its name (and 1 more)");
        CHECK(
            error.details() ==
            std::vector<std::string>{
                "a\\x0a has a newline in its name", "b\\x0a has a newline in its name"});
        CHECK(
            error.hint() ==
            "remove what is listed in config.sh, or exclude it in /etc/warewulf/excludes");
    }
    const tree::ExcludePatterns excludes({"[ab]?"}, "excludes");
    CHECK(
        paths_of(pack::select_entries(root, excludes, {}).inventory) ==
        std::vector<std::string>{"c"});
}

TEST_CASE("in memory files have whole pages, and all names of a file share them") {
    CHECK(pack::memory_size({}) == 0);
    const tree::Inventory root(
        {{.path = "a", .size = 1},
         {.path = "b", .size = 4096, .link_group = 7},
         {.path = "c", .size = 4097, .link_group = 9},
         {.path = "d", .size = 4096, .link_group = 7},
         {.path = "e", .size = 0},
         {.path = "f", .type = Type::symlink, .link_target = "a"}});
    CHECK(pack::memory_size(root) == 4 * std::uint64_t{4096});
}
