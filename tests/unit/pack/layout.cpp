// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_cutter.hpp"
#include "pack/layout_planner.hpp"
#include "pack/newc.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace imgbuild;

namespace {

using Type = tree::EntryType;
using pack::ChunkCutter;

std::vector<std::string> paths_of(const pack::Layout& layout) {
    std::vector<std::string> paths;
    for (const pack::PlacedEntry& placed : layout.entries) {
        paths.push_back(placed.entry->path);
    }
    return paths;
}

/// Many files of sizes as they occur: most small, some of megabytes.
std::vector<tree::Entry> many_files() {
    std::vector<tree::Entry> entries;
    std::uint64_t state = 1;
    for (int i = 0; i < 4000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const std::uint64_t size = (state >> 40U) % (i % 100 == 0 ? 9'000'000 : 30'000);
        entries.push_back({.path = fmt::format("usr/lib/{:02}/{:04}", i / 50, i), .size = size});
    }
    return entries;
}

/// A chunk as what it holds: path, offset and size of each slice.
std::vector<std::string> contents_of(const pack::Layout& layout) {
    std::vector<std::string> contents;
    for (const pack::Chunk& chunk : layout.chunks) {
        std::string text;
        for (const pack::Slice& slice : chunk.slices) {
            text += fmt::format(
                "{}@{}+{}\n", layout.entries[slice.entry].entry->path, slice.offset, slice.size);
        }
        contents.push_back(text);
    }
    return contents;
}

/// How many chunks of `after` are not in `before`.
std::size_t new_chunks(const tree::Inventory& before, const tree::Inventory& after) {
    const auto old_chunks = contents_of(pack::plan_layout(before));
    const std::set<std::string> known(old_chunks.begin(), old_chunks.end());
    const auto chunks = contents_of(pack::plan_layout(after));
    return static_cast<std::size_t>(std::count_if(
        chunks.begin(), chunks.end(), [&](const auto& text) { return known.count(text) == 0; }));
}

} // namespace

TEST_CASE("directories come first, the names of a file stand together, the last has the content") {
    const tree::Inventory inventory({
        {.path = "usr", .type = Type::directory},
        {.path = "usr/a", .size = 10, .link_group = 1},
        {.path = "usr/b", .size = 5},
        {.path = "usr/z", .type = Type::directory},
        {.path = "usr/z/c", .size = 10, .link_group = 1},
        {.path = "etc", .type = Type::directory},
        {.path = "bin", .type = Type::symlink, .link_target = "usr/bin"},
        {.path = "usr/d", .size = 9, .link_group = 2},
    });
    const pack::Layout layout = pack::plan_layout(inventory);
    CHECK(
        paths_of(layout) ==
        std::vector<std::string>{
            "etc", "usr", "usr/z", "bin", "usr/a", "usr/z/c", "usr/b", "usr/d"});
    const pack::PlacedEntry& first = layout.entries[4];
    const pack::PlacedEntry& last = layout.entries[5];
    CHECK(first.inode != 0);
    CHECK(first.inode == last.inode);
    CHECK(first.links == 2);
    CHECK(last.links == 2);
    CHECK(first.content_size == 0);
    CHECK(last.content_size == 10);
    // A name whose other names stay out of the image is a file like others.
    CHECK(layout.entries[7].inode == 0);
    CHECK(layout.entries[7].links == 1);
    CHECK(layout.entries[7].content_size == 9);
    CHECK(layout.entries[0].links == 1);
    REQUIRE(layout.chunks.size() == 2);
    CHECK(layout.chunks[0].slices.size() == 3);
    CHECK(layout.chunks[1].slices.size() == 5);
    CHECK(layout.size() == layout.chunks[0].size + layout.chunks[1].size);
}

TEST_CASE("inode numbers of different files differ, and stay when others come") {
    std::vector<tree::Entry> entries;
    for (std::uint32_t i = 1; i <= 500; ++i) {
        entries.push_back({.path = fmt::format("a{:03}", i), .size = 1, .link_group = i});
        entries.push_back({.path = fmt::format("b{:03}", i), .size = 1, .link_group = i});
    }
    const tree::Inventory inventory(entries);
    const pack::Layout layout = pack::plan_layout(inventory);
    std::set<std::uint32_t> numbers;
    for (const pack::PlacedEntry& placed : layout.entries) {
        numbers.insert(placed.inode);
    }
    CHECK(numbers.size() == 500);
    entries.push_back({.path = "0", .size = 1, .link_group = 501});
    entries.push_back({.path = "1", .size = 1, .link_group = 501});
    const tree::Inventory larger(entries);
    const pack::Layout second = pack::plan_layout(larger);
    CHECK(second.entries[2].inode == layout.entries[0].inode);
    CHECK(second.entries.back().inode == layout.entries.back().inode);
}

TEST_CASE("chunks hold every byte once, in order, and have sizes in bounds") {
    const tree::Inventory inventory(many_files());
    const pack::Layout layout = pack::plan_layout(inventory);
    std::uint64_t size = 0;
    for (const tree::Entry& entry : inventory.entries()) {
        size += pack::newc_header_size(entry) + entry.size + pack::newc_padding(entry.size);
    }
    CHECK(layout.size() == size);
    CHECK(layout.chunks.size() > 10);
    std::uint64_t next_offset = 0;
    std::size_t next_entry = 0;
    for (std::size_t i = 0; i < layout.chunks.size(); ++i) {
        const pack::Chunk& chunk = layout.chunks[i];
        CHECK(chunk.size <= ChunkCutter::largest_chunk);
        if (i + 1 < layout.chunks.size()) {
            CHECK(chunk.size >= ChunkCutter::smallest_chunk);
        }
        for (const pack::Slice& slice : chunk.slices) {
            REQUIRE(slice.entry == next_entry);
            REQUIRE(slice.offset == next_offset);
            REQUIRE(slice.size <= ChunkCutter::largest_slice);
            next_offset += slice.size;
            if (next_offset == layout.entries[slice.entry].content_size) {
                next_offset = 0;
                ++next_entry;
            }
        }
    }
    CHECK(next_entry == inventory.entries().size());
}

TEST_CASE("a change makes few chunks new") {
    const std::vector<tree::Entry> entries = many_files();
    const tree::Inventory before(entries);
    const std::size_t all = pack::plan_layout(before).chunks.size();
    REQUIRE(all > 20);
    std::size_t after_growing = 0;
    std::size_t after_adding = 0;
    std::size_t after_removing = 0;
    constexpr std::size_t trials = 40;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        const std::size_t place = trial * 97;
        std::vector<tree::Entry> changed = entries;
        changed[place].size += 10'000;
        after_growing += new_chunks(before, tree::Inventory(changed));
        changed = entries;
        changed.push_back({.path = changed[place].path + "-new", .size = 10'000});
        after_adding += new_chunks(before, tree::Inventory(changed));
        changed = entries;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(place));
        after_removing += new_chunks(before, tree::Inventory(changed));
    }
    CHECK(after_growing <= 2 * trials);
    CHECK(after_adding <= 2 * trials);
    CHECK(after_removing <= 2 * trials);
}

TEST_CASE("an inventory without entries has no chunks") {
    CHECK(pack::plan_layout(tree::Inventory()).chunks.empty());
}
