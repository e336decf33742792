// SPDX-License-Identifier: Apache-2.0
#include "pack/archive_writer.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "memory_parts.hpp"
#include "pack/chunk_cutter.hpp"
#include "pack/content_check.hpp"
#include "pack/layout_planner.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>

using namespace imgbuild;
using pack::Compression;

namespace {

/// Small files, a hard link, and one that needs three slices.
void fill(test::MemoryTree& tree) {
    tree.add_directory("usr");
    tree.add_directory("usr/lib");
    for (std::uint64_t i = 0; i < 60; ++i) {
        tree.add_file(fmt::format("usr/lib/{:03}", i), test::content(20'000 + 977 * i, i));
    }
    tree.add_file("usr/large", test::content(4'500'001, 1000));
    tree.add_file("usr/one", "linked", 1);
    tree.add_file("usr/two", "linked", 1);
    tree.add_file("usr/empty", "");
}

struct Packed {
    std::string bytes;
    pack::WrittenArchive written;
};

Packed pack_tree(
    const test::MemoryTree& tree,
    const test::MemoryChunks& cache,
    Compression compression = Compression::fast,
    unsigned threads = 2,
    const std::stop_token& stop = {},
    const tree::SeenContents* seen = nullptr) {
    const test::TemporaryDirectory directory;
    const tree::Inventory inventory = tree.inventory();
    const pack::Layout layout = pack::plan_layout(inventory);
    base::SilentReporter reporter;
    base::ThreadPool pool(threads);
    const std::string name = directory / "out";
    const base::UniqueFd output = base::open_at(AT_FDCWD, name, O_WRONLY | O_CREAT, 0600);
    Packed packed;
    packed.written = pack::write_archive(
        {layout, tree, cache, compression, 1'700'000'000, output.get(), name, seen},
        {reporter, pool, stop});
    packed.bytes = base::read_file(name);
    return packed;
}

void see_all(const test::MemoryTree& tree, tree::SeenContents& seen) {
    const tree::Inventory inventory = tree.inventory();
    for (const tree::Entry& entry : inventory.entries()) {
        if (entry.digest) {
            CHECK(pack::content_digest(tree, entry, seen, {}) == entry.digest);
        }
    }
}

} // namespace

TEST_CASE("the bytes depend on neither threads nor cache") {
    test::MemoryTree tree;
    fill(tree);
    for (const Compression compression :
         {Compression::fast, Compression::standard, Compression::small, Compression::none}) {
        CAPTURE(pack::compression_name(compression));
        const test::MemoryChunks cache;
        const Packed first = pack_tree(tree, cache, compression, 1);
        CHECK(first.written.size == first.bytes.size());
        CHECK(first.written.digest == crypto::sha256(first.bytes));
        CHECK(first.written.cached_chunks == 0);
        const test::MemoryChunks other_cache;
        const Packed parallel = pack_tree(tree, other_cache, compression, 5);
        CHECK(parallel.bytes == first.bytes);
        const Packed warm = pack_tree(tree, cache, compression, 2);
        CHECK(warm.bytes == first.bytes);
        if (compression == Compression::none) {
            CHECK(cache.puts() == 0);
        } else {
            CHECK(warm.written.cached_chunks == cache.puts());
            CHECK(first.bytes.size() < first.written.archive_size);
        }
    }
}

TEST_CASE("nothing is read when nothing changed") {
    test::MemoryTree tree;
    fill(tree);
    const test::MemoryChunks cache;
    pack_tree(tree, cache);
    const std::uint64_t before = tree.bytes_read();
    pack_tree(tree, cache);
    CHECK(tree.bytes_read() == before);
}

TEST_CASE("a changed file makes one chunk new") {
    test::MemoryTree tree;
    fill(tree);
    test::MemoryTree changed;
    fill(changed);
    tree.add_file("usr/lib/zz", test::content(10'000, 1));
    changed.add_file("usr/lib/zz", test::content(10'000, 2));
    const test::MemoryChunks cache;
    const Packed first = pack_tree(tree, cache);
    const std::size_t puts = cache.puts();
    REQUIRE(puts >= 3);
    const Packed second = pack_tree(changed, cache);
    CHECK(cache.puts() == puts + 1);
    CHECK(second.bytes != first.bytes);
    const test::MemoryChunks empty;
    CHECK(pack_tree(changed, empty).bytes == second.bytes);
}

TEST_CASE("chunks of other levels are not taken") {
    test::MemoryTree tree;
    fill(tree);
    const test::MemoryChunks cache;
    const Packed fast = pack_tree(tree, cache, Compression::fast);
    const Packed standard = pack_tree(tree, cache, Compression::standard);
    CHECK(standard.written.cached_chunks == 0);
    CHECK(standard.bytes != fast.bytes);
}

TEST_CASE("a kept chunk that can't be right is made anew") {
    test::MemoryTree tree;
    fill(tree);
    test::MemoryChunks cache;
    const Packed first = pack_tree(tree, cache);
    const auto chunks = cache.chunks();
    REQUIRE(chunks.size() > 2);
    cache.chunks().begin()->second.resize(5);
    // A size that no chunk has.
    std::next(cache.chunks().begin())->second[4] ^= 1;
    const Packed second = pack_tree(tree, cache);
    CHECK(second.bytes == first.bytes);
    CHECK(second.written.cached_chunks == chunks.size() - 2);
    CHECK(cache.chunks() == chunks);
}

TEST_CASE("a file that is not what the inventory says is refused and nothing of it kept") {
    for (const std::string path : {"usr/lib/007", "usr/large"}) {
        CAPTURE(path);
        for (const bool was_seen : {false, true}) {
            CAPTURE(was_seen);
            test::MemoryTree tree;
            fill(tree);
            const test::MemoryChunks good;
            pack_tree(tree, good);
            tree::SeenContents seen;
            if (was_seen) {
                see_all(tree, seen);
            }
            tree.spoil(path);
            test::MemoryChunks cache;
            CHECK_THROWS_AS(
                pack_tree(tree, cache, Compression::fast, 2, {}, &seen), base::IntegrityError);
            for (const auto& [key, chunk] : cache.chunks()) {
                CHECK(good.find(key) == chunk);
            }
        }
    }
}

TEST_CASE("the bytes do not depend on what was seen before") {
    test::MemoryTree tree;
    fill(tree);
    const std::string wanted = pack_tree(tree, test::MemoryChunks()).bytes;
    tree::SeenContents seen;
    see_all(tree, seen);
    CHECK(pack_tree(tree, test::MemoryChunks(), Compression::fast, 2, {}, &seen).bytes == wanted);
    // SHA-256 has the last word.
    tree::SeenContents wrong;
    const tree::Inventory inventory = tree.inventory();
    for (const tree::Entry& entry : inventory.entries()) {
        if (entry.digest) {
            wrong.add(*entry.digest, {});
        }
    }
    CHECK(pack_tree(tree, test::MemoryChunks(), Compression::fast, 2, {}, &wrong).bytes == wanted);
}

TEST_CASE("a full disk is reported with the file's name") {
    test::MemoryTree tree;
    fill(tree);
    const test::MemoryChunks cache;
    const tree::Inventory inventory = tree.inventory();
    const pack::Layout layout = pack::plan_layout(inventory);
    base::SilentReporter reporter;
    base::ThreadPool pool(2);
    const base::UniqueFd full = base::open_at(AT_FDCWD, "/dev/full", O_WRONLY);
    try {
        pack::write_archive(
            {layout, tree, cache, Compression::fast, 0, full.get(), "out/node.img.gz"},
            {reporter, pool, {}});
        FAIL("it was written");
    } catch (const base::SystemError& error) {
        CHECK(error.exit_code() == base::ExitCode::system);
        CHECK(std::string(error.what()) == "writing out/node.img.gz: No space left on device");
    }
}

TEST_CASE("packing stops when asked to") {
    test::MemoryTree tree;
    fill(tree);
    const test::MemoryChunks cache;
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(
        pack_tree(tree, cache, Compression::fast, 2, stop.get_token()), base::Interrupted);
    CHECK(cache.puts() == 0);
}

TEST_CASE("a root without entries is an archive without entries") {
    const test::MemoryTree tree;
    const test::MemoryChunks cache;
    const Packed packed = pack_tree(tree, cache, Compression::none);
    CHECK(packed.bytes.size() == 512);
    CHECK(packed.bytes.substr(110, 10) == "TRAILER!!!");
}

TEST_CASE("compressions have names") {
    for (const std::string name : {"fast", "default", "small", "none"}) {
        CHECK(pack::compression_name(pack::compression_from_name(name)) == name);
    }
    try {
        pack::compression_from_name("fst");
        FAIL("it was taken");
    } catch (const base::UsageError& error) {
        CHECK(
            std::string(error.what()) ==
            "unknown compression 'fst': it may be fast, default, small or none");
        CHECK(error.hint() == "did you mean fast?");
    }
}
