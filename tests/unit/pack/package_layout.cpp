// SPDX-License-Identifier: Apache-2.0
// How files of packages are laid out, and that their chunks serve other images.
#include "memory_parts.hpp"
#include "pack/layout_planner.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace imgbuild;

namespace {

using Type = tree::EntryType;

constexpr tree::Time install_time = {.seconds = 1000, .nanoseconds = 0};

/// Those that all packages share.
std::vector<tree::Entry> directories() {
    std::vector<tree::Entry> entries;
    for (const char* const path :
         {"etc", "usr", "usr/0", "usr/1", "usr/2", "usr/3", "usr/4", "usr/l", "usr/m"}) {
        entries.push_back({.path = path, .type = Type::directory});
    }
    return entries;
}

/// A root as packages make it.
struct PackagedRoot {
    std::vector<tree::Entry> entries = directories();
    std::vector<pack::PackageList> lists;

    void add_package(const std::string& name, const std::vector<tree::Entry>& files) {
        pack::PackageList& list = lists.emplace_back();
        list.name = name;
        list.unpacked = install_time;
        for (const tree::Entry& file : files) {
            entries.push_back(file);
            list.lines += fmt::format("/{}\n", file.path);
        }
        std::sort(lists.begin(), lists.end(), [](const auto& a, const auto& b) {
            return a.name < b.name;
        });
    }

    /// What scripts write grows with every package, as dpkg's status does.
    void add_rest() {
        entries.push_back(
            {.path = "var/lib/dpkg/status", .size = 3000 * lists.size(), .mtime = install_time});
        entries.push_back({.path = "var/hwdb.bin", .size = 9'000'000, .mtime = install_time});
    }

    /// Chunks as what is in them, and how large it is.
    std::set<std::pair<std::string, std::uint64_t>> chunks() const {
        const tree::Inventory inventory(entries);
        const pack::Layout layout = pack::plan_layout(inventory, lists);
        std::set<std::pair<std::string, std::uint64_t>> chunks;
        for (const pack::Chunk& chunk : layout.chunks) {
            std::string text;
            for (const pack::Slice& slice : chunk.slices) {
                const pack::PlacedEntry& placed = layout.entries[slice.entry];
                text += fmt::format(
                    "{} {} {} {} {} {}\n",
                    placed.entry->path,
                    placed.entry->mtime.seconds,
                    placed.inode,
                    placed.content_size,
                    slice.offset,
                    slice.size);
            }
            chunks.emplace(text, chunk.size);
        }
        return chunks;
    }
};

/// Sizes as those of packages: most small, some of tens of megabytes.
std::vector<tree::Entry> files_of(int number, int version = 1) {
    std::vector<tree::Entry> files;
    std::uint64_t state = static_cast<std::uint64_t>(number) * 7919 + 1;
    const auto random = [&state] {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return state >> 33U;
    };
    const bool is_large = number % 10 == 0;
    const std::uint64_t count = 3 + random() % 30;
    for (std::uint64_t i = 0; i < count; ++i) {
        // Spread over directories that all packages share.
        files.push_back(
            {.path = fmt::format("usr/{}/p{:03}-{}", random() % 5, number, i),
             .size = random() % (is_large ? 1'000'000 : 9000),
             .mtime = {.seconds = 100 + version, .nanoseconds = 0}});
    }
    files.push_back(
        {.path = fmt::format("usr/l/p{:03}-a", number),
         .size = 50,
         .link_group = 1U + static_cast<std::uint32_t>(number)});
    files.push_back(
        {.path = fmt::format("usr/m/p{:03}-b", number),
         .size = 50,
         .link_group = 1U + static_cast<std::uint32_t>(number)});
    return files;
}

std::string package_name(int number) {
    return fmt::format("lib{}{}", number * 7919 % 1000, number % 3 == 0 ? ":amd64" : "");
}

PackagedRoot root_of(int first, int last) {
    PackagedRoot root;
    for (int number = first; number < last; ++number) {
        root.add_package(package_name(number), files_of(number));
    }
    return root;
}

/// The bytes in chunks of `after` that `before` has not, in thousandths of all.
std::uint64_t new_bytes(PackagedRoot before, PackagedRoot after) {
    before.add_rest();
    after.add_rest();
    const auto known = before.chunks();
    std::uint64_t all = 0;
    std::uint64_t fresh = 0;
    for (const auto& chunk : after.chunks()) {
        all += chunk.second;
        fresh += known.count(chunk) == 0 ? chunk.second : 0;
    }
    return 1000 * fresh / all;
}

std::vector<std::string> order_of(const pack::Layout& layout) {
    std::vector<std::string> paths;
    for (const pack::PlacedEntry& placed : layout.entries) {
        paths.push_back(placed.entry->path);
    }
    return paths;
}

} // namespace

TEST_CASE("directories, then small packages, then large ones, then what is nobody's") {
    PackagedRoot root;
    root.add_package("zlib", {{.path = "usr/b"}, {.path = "usr/z"}});
    root.add_package("big", {{.path = "usr/a", .size = 300'000}});
    root.add_package("apt", {{.path = "usr/c"}, {.path = "etc/apt", .size = 1}});
    root.entries.push_back({.path = "root"});
    const tree::Inventory inventory(root.entries);
    const pack::Layout layout = pack::plan_layout(inventory, root.lists);
    const std::size_t directory_count = directories().size();
    std::vector<std::string> files = order_of(layout);
    files.erase(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(directory_count));
    CHECK(files == std::vector<std::string>{"usr/c", "usr/b", "usr/z", "usr/a", "etc/apt", "root"});
    REQUIRE(layout.chunks.size() == 4);
    CHECK(layout.chunks[0].slices.size() == directory_count);
    CHECK(layout.chunks[1].slices.size() == 3);
    CHECK(layout.chunks[2].slices.size() == 1);
    CHECK(layout.chunks[3].slices.size() == 2);
}

TEST_CASE("a file whose names belong to several packages, or partly to none, stands behind them") {
    PackagedRoot root;
    root.add_package(
        "a", {{.path = "usr/a1", .link_group = 1}, {.path = "usr/a2", .link_group = 1}});
    root.add_package("b", {{.path = "usr/b1", .link_group = 2}});
    root.add_package("c", {{.path = "usr/c1", .link_group = 2}});
    root.add_package("d", {{.path = "usr/d1", .link_group = 3}});
    root.entries.push_back({.path = "usr/d2", .link_group = 3});
    const tree::Inventory inventory(root.entries);
    const pack::Layout layout = pack::plan_layout(inventory, root.lists);
    const std::size_t first = directories().size();
    const std::vector<std::string> wanted = {
        "usr/a1", "usr/a2", "usr/b1", "usr/c1", "usr/d1", "usr/d2"};
    REQUIRE(layout.entries.size() == first + wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        CHECK(layout.entries[first + i].entry->path == wanted[i]);
    }
    REQUIRE(layout.chunks.size() == 3);
    CHECK(layout.chunks[1].slices.size() == 2);
    for (std::size_t i = first; i < first + wanted.size(); i += 2) {
        CHECK(layout.entries[i].inode != 0);
        CHECK(layout.entries[i].inode == layout.entries[i + 1].inode);
        CHECK(layout.entries[i].links == 2);
    }
}

TEST_CASE("small packages meet in chunks that end where one of them ends") {
    PackagedRoot root;
    for (int number = 1; number < 400; ++number) {
        if (number % 10 != 0) {
            root.add_package(package_name(number), files_of(number));
        }
    }
    const tree::Inventory inventory(root.entries);
    const pack::Layout layout = pack::plan_layout(inventory, root.lists);
    REQUIRE(layout.chunks.size() > 10);
    for (std::size_t i = 1; i < layout.chunks.size(); ++i) {
        CHECK(layout.entries[layout.chunks[i].slices.back().entry].ends_package);
    }
}

TEST_CASE("most chunks of a root serve another one with most of its packages") {
    const PackagedRoot root = root_of(0, 300);
    CHECK(new_bytes(root, root) == 0);

    PackagedRoot with_one_more = root;
    with_one_more.add_package("mawk", files_of(301));
    CHECK(new_bytes(root, with_one_more) < 20);
    CHECK(new_bytes(with_one_more, root) < 20);

    PackagedRoot with_update = root_of(0, 0);
    for (int number = 0; number < 300; ++number) {
        with_update.add_package(package_name(number), files_of(number, number == 151 ? 2 : 1));
    }
    CHECK(new_bytes(root, with_update) < 20);

    // All large packages but four are in both.
    CHECK(new_bytes(root, root_of(20, 320)) < 200);
}

TEST_CASE("a script's change to a file of a large package leaves the package's other chunks") {
    const PackagedRoot root = root_of(0, 300);
    PackagedRoot changed = root;
    const auto found =
        std::find_if(changed.entries.begin(), changed.entries.end(), [](const tree::Entry& entry) {
            return entry.size > 900'000;
        });
    REQUIRE(found != changed.entries.end());
    found->mtime = install_time;
    CHECK(new_bytes(root, changed) < 60);
}

TEST_CASE("the packages' part alone has the same chunks") {
    PackagedRoot root = root_of(0, 300);
    root.add_rest();
    const tree::Inventory inventory(root.entries);
    const pack::Layout whole = pack::plan_layout(inventory, root.lists);
    const pack::Layout part = pack::plan_packages(inventory, root.lists);
    const std::vector<std::string> all = order_of(whole);
    const std::vector<std::string> some = order_of(part);
    // Behind the directories, before the two files of nobody.
    const std::size_t before = directories().size();
    REQUIRE(some.size() == all.size() - before - 2);
    CHECK(std::equal(some.begin(), some.end(), all.begin() + static_cast<std::ptrdiff_t>(before)));
    REQUIRE(part.chunks.size() < whole.chunks.size());
    for (std::size_t i = 0; i < part.chunks.size(); ++i) {
        REQUIRE(part.chunks[i].size == whole.chunks[i + 1].size);
        REQUIRE(
            part.chunks[i].slices.front().entry + before ==
            whole.chunks[i + 1].slices.front().entry);
    }
}

TEST_CASE("the layout depends on neither the order of lists nor that of entries") {
    PackagedRoot root = root_of(0, 100);
    root.add_rest();
    const auto chunks = root.chunks();
    std::reverse(root.entries.begin(), root.entries.end());
    CHECK(root.chunks() == chunks);
}
