// SPDX-License-Identifier: Apache-2.0
#include "pack/package_lists.hpp"

#include "base/error.hpp"
#include "memory_parts.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

using namespace imgbuild;

namespace {

using Type = tree::EntryType;

constexpr tree::Time install_time = {.seconds = 1000, .nanoseconds = 0};

void add_list(test::MemoryTree& tree, const std::string& package, const std::string& lines) {
    tree.add_file(fmt::format("var/lib/dpkg/info/{}.list", package), lines).mtime = install_time;
}

/// The package that each of the paths belongs to; "-": none.
std::string owners(const test::MemoryTree& tree, const std::vector<std::string>& paths) {
    const tree::Inventory inventory = tree.inventory();
    const std::vector<pack::PackageList> lists = pack::read_package_lists(tree, inventory);
    const pack::PackageOwners owners(inventory, lists);
    std::string text;
    for (const std::string& path : paths) {
        const tree::Entry* const entry = inventory.find(path);
        REQUIRE(entry != nullptr);
        const auto owner =
            owners.owner_of(static_cast<std::size_t>(entry - inventory.entries().data()));
        text += (text.empty() ? "" : " ") + (owner ? lists[*owner].name : "-");
    }
    return text;
}

/// Reads nothing but what is meant to be read.
class NoContent final : public pack::ContentSource {
public:
    void read(const tree::Entry& entry, std::uint64_t, std::span<std::byte>) const override {
        FAIL("read " << entry.path);
    }
};

} // namespace

TEST_CASE("dpkg's lists say whose files are, also through links of the root") {
    test::MemoryTree tree;
    for (const char* const path : {"usr", "usr/bin", "usr/lib", "usr/lib/x86_64", "opt"}) {
        tree.add_directory(path);
    }
    tree.add_link("bin", "usr/bin");
    tree.add_link("lib", "/usr/lib");
    tree.add_link("usr/lib/multi", "x86_64/../../../usr/./lib/x86_64");
    tree.add_file("usr/bin/ls", "ls");
    tree.add_file("usr/bin/cat", "cat");
    tree.add_file("usr/lib/x86_64/libc.so.6", "libc");
    tree.add_file("usr/lib/x86_64/libm.so.6", "libm");
    tree.add_link("usr/lib/x86_64/libc.so", "libc.so.6");
    tree.add_file("opt/site", "of nobody");
    add_list(tree, "coreutils", "/.\n/bin\n/bin/ls\n/usr/bin/cat\n");
    add_list(
        tree,
        "libc6:amd64",
        "/lib/x86_64/libc.so.6\n/usr/lib/multi/libm.so.6\n/lib/x86_64/libc.so");
    CHECK(
        owners(
            tree,
            {"usr/bin/ls",
             "usr/bin/cat",
             "usr/lib/x86_64/libc.so.6",
             "usr/lib/x86_64/libm.so.6",
             "usr/lib/x86_64/libc.so",
             "opt/site",
             "bin"}) == "coreutils coreutils libc6:amd64 libc6:amd64 libc6:amd64 - coreutils");
}

TEST_CASE("what was changed, is special or everybody's does not belong to its package") {
    test::MemoryTree tree;
    tree.add_directory("usr");
    tree.add_directory("etc");
    const auto add = [&](const std::string& path) -> tree::Entry& {
        return tree.add_file(path, "x");
    };
    add("usr/plain").mtime = {999, 999'999'999};
    add("usr/changed").mtime = install_time;
    add("usr/newer").mtime = {1001, 0};
    add("usr/users").uid = 7;
    add("usr/groups").gid = 7;
    add("usr/setuid").mode = 04755;
    add("etc/config");
    add("etcetera");
    add_list(
        tree,
        "a",
        "/usr/plain\n/usr/changed\n/usr/newer\n/usr/users\n/usr/groups\n/usr/setuid\n/etc/config\n"
        "/etcetera\n");
    CHECK(
        owners(
            tree,
            {"usr/plain",
             "usr/changed",
             "usr/newer",
             "usr/users",
             "usr/groups",
             "usr/setuid",
             "etc/config",
             "etcetera"}) == "a - - - - - - a");
}

TEST_CASE("of packages that name one file the first has it") {
    test::MemoryTree tree;
    tree.add_directory("usr");
    tree.add_file("usr/shared", "x");
    add_list(tree, "libz:i386", "/usr/shared\n");
    add_list(tree, "libz:amd64", "/usr/shared\n");
    CHECK(owners(tree, {"usr/shared"}) == "libz:amd64");
}

TEST_CASE("a root without dpkg has no lists") {
    test::MemoryTree tree;
    tree.add_file("usr/bin/x", "x");
    CHECK(pack::read_package_lists(tree, tree.inventory()).empty());
}

TEST_CASE("lines that name nothing do nothing") {
    test::MemoryTree tree;
    tree.add_directory("usr");
    tree.add_file("usr/x", "x");
    tree.add_link("up", "../../..");
    tree.add_link("circle", "other");
    tree.add_link("other", "circle/circle");
    tree.add_link("self", "self");
    tree.add_link("dangling", "/nowhere");
    std::string chain = "usr";
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = fmt::format("chain{}", i);
        tree.add_link(name, chain);
        chain = name;
    }
    std::string lines = "usr/x\n\n/\n//\n/usr//x\n/usr/../usr/x\n/usr/./x\n/../usr/x\n/usr/x/\n"
                        "/circle/x\n/other/x\n/self/x\n/dangling/x\n/usr/x/y\n/usr/y\n";
    lines += "/" + chain + "/x\n";
    lines += std::string("/usr/x\0", 7) + "\n";
    lines += "/" + std::string(100'000, 'a') + "\n";
    for (int i = 0; i < 5000; ++i) {
        lines += "/a";
    }
    add_list(tree, "hostile", lines);
    CHECK(owners(tree, {"usr/x"}) == "-");
    // Above the root is the root.
    add_list(tree, "plain", "/up/usr/x\n");
    CHECK(owners(tree, {"usr/x"}) == "plain");
}

TEST_CASE("what is no list is not read") {
    const std::string place = "var/lib/dpkg/info/";
    tree::Entry directory = {.path = place + "a.list", .type = Type::directory};
    tree::Entry link = {
        .path = place + "b.list", .type = Type::symlink, .link_target = "/etc/shadow"};
    tree::Entry fifo = {.path = place + "c.list", .type = Type::fifo};
    tree::Entry device = {.path = place + "d.list", .type = Type::char_device, .major = 1};
    tree::Entry huge = {.path = place + "e.list", .size = std::uint64_t{1} << 30U};
    tree::Entry endless = {
        .path = place + "f.list", .size = std::numeric_limits<std::uint64_t>::max()};
    tree::Entry other = {.path = place + "g.md5sums", .size = 10};
    tree::Entry below = {.path = place + "a.list/h.list", .size = 10};
    const tree::Inventory inventory({directory, link, fifo, device, huge, endless, other, below});
    CHECK(pack::read_package_lists(NoContent(), inventory).empty());
}

TEST_CASE("lists take a limited amount of memory together") {
    class Zeros final : public pack::ContentSource {
    public:
        void read(const tree::Entry&, std::uint64_t, std::span<std::byte> into) const override {
            bytes += into.size();
        }

        mutable std::uint64_t bytes = 0;
    };

    constexpr std::uint64_t size = std::uint64_t{16} << 20U;
    const crypto::Digest digest = crypto::sha256(std::string(size, '\0'));
    std::vector<tree::Entry> entries;
    for (int i = 0; i < 20; ++i) {
        entries.push_back(
            {.path = fmt::format("var/lib/dpkg/info/{:02}.list", i),
             .size = size,
             .digest = digest});
    }
    const Zeros zeros;
    CHECK(pack::read_package_lists(zeros, tree::Inventory(entries)).size() == 8);
    CHECK(zeros.bytes == 8 * size);
}

TEST_CASE("a list that is not what the inventory says is refused") {
    test::MemoryTree tree;
    add_list(tree, "a", "/usr/x\n");
    tree.spoil("var/lib/dpkg/info/a.list");
    CHECK_THROWS_AS(pack::read_package_lists(tree, tree.inventory()), base::IntegrityError);
}
