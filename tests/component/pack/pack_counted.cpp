// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Packs the same few megabytes from memory at every call; what it takes can be counted.
 *
 *     pack_counted COMPRESSION TIMES
 *
 * From the second time on, chunks are found. No file of a root is read: valgrind 3.19 does not know openat2.
 */
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "pack/archive_writer.hpp"
#include "pack/layout_planner.hpp"
#include "unit/pack/memory_parts.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <exception>

using namespace imgbuild;

namespace {

void fill(test::MemoryTree& tree) {
    constexpr std::uint64_t directories = 20;
    constexpr std::uint64_t files = 400;
    for (std::uint64_t i = 0; i < directories; ++i) {
        tree.add_directory(fmt::format("usr/{:02}", i));
    }
    for (std::uint64_t i = 0; i < files; ++i) {
        const std::string path = fmt::format("usr/{:02}/file-{}", i % directories, i);
        tree.add_file(path, test::content(100 + i * i % 9000, i));
    }
    tree.add_file("usr/large", test::content(1'500'000, files));
}

void run(const std::string& level, std::uint64_t times) {
    test::MemoryTree tree;
    fill(tree);
    const tree::Inventory inventory = tree.inventory();
    const test::MemoryChunks chunks;
    base::SilentReporter reporter;
    base::ThreadPool pool(1);
    for (std::uint64_t i = 0; i < times; ++i) {
        const pack::Layout layout = pack::plan_layout(inventory);
        const base::UniqueFd output = base::open_at(AT_FDCWD, "/dev/null", O_WRONLY);
        const pack::WrittenArchive written = pack::write_archive(
            {layout,
             tree,
             chunks,
             pack::compression_from_name(level),
             1'700'000'000,
             output.get(),
             "/dev/null"},
            {reporter, pool, {}});
        fmt::print(
            "{} bytes from {}, {} of {} chunks found\n",
            written.size,
            written.archive_size,
            written.cached_chunks,
            layout.chunks.size());
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 3) {
            throw base::UsageError("pack_counted COMPRESSION TIMES");
        }
        run(argv[1], base::parse_number(argv[2]).value());
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
