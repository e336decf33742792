// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "store/store.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
// The helpers below use doctest's macros.
#include "quiet.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

using namespace imgbuild;
using store::Store;
using test::bytes_of;

namespace {

const store::Key key = crypto::sha256("layer");

/// Publishes a layer with a directory, a file and a link.
tree::Inventory publish(const Store& store, const store::Key& name, const base::Context& context) {
    const store::WorkDirectory work = store.make_work_directory();
    const std::string staged = work.path() + "/staged";
    base::make_directories(staged + "/etc");
    base::replace_file(staged + "/etc/hosts", "127.0.0.1 localhost\n");
    REQUIRE(::symlink("hosts", (staged + "/etc/link").c_str()) == 0);
    const tree::Inventory change = test::scan_content(staged, context);
    store.publish_layer(name, staged, change, "install\nof things");
    return change;
}

/// As after a reboot: the stamp is of another boot.
void forget_boot(const Store& store, const store::Key& name) {
    const std::string stamp = store.path() + "/layers/host/" + name.hex() + "/stamp";
    std::string text = base::read_file(stamp);
    const std::size_t boot = text.find("boot ") + 5;
    text.replace(boot, text.find('\n', boot) - boot, "00000000-0000-0000-0000-000000000000");
    base::replace_file(stamp, text);
}

void set_last_use(const std::string& path, std::int64_t seconds_ago) {
    timespec times[2] = {};
    REQUIRE(::clock_gettime(CLOCK_REALTIME, &times[0]) == 0);
    times[0].tv_sec -= seconds_ago;
    times[1] = times[0];
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

} // namespace

TEST_CASE("a layer is found with its inventory and content by those of its id mapping") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    CHECK(!store.find_layer(key, quiet.context));
    CHECK(!store.find_layer_content(key, quiet.context));
    const tree::Inventory change = publish(store, key, quiet.context);
    CHECK(change.find("etc/hosts") != nullptr);
    const std::optional<store::LayerInfo> layer = store.find_layer(key, quiet.context);
    REQUIRE(layer);
    CHECK(layer->change == change);
    CHECK(base::read_file(layer->content_path + "/etc/hosts") == "127.0.0.1 localhost\n");
    CHECK(store.find_layer_content(key, quiet.context) == layer->content_path);
    CHECK(store.layer_change(key) == change);

    CHECK(!Store::open(directory / "s", "user:1000").find_layer(key, quiet.context));
    CHECK_THROWS_WITH_AS(
        store.layer_change(crypto::sha256("other")),
        ("the store " + store.path() + " has no layer " + crypto::sha256("other").hex()).c_str(),
        base::Error);
}

TEST_CASE("two builders of one layer both succeed") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    publish(store, key, quiet.context);
    const std::string content = *store.find_layer_content(key, quiet.context);
    struct stat before = {};
    struct stat after = {};
    REQUIRE(::stat(content.c_str(), &before) == 0);
    publish(store, key, quiet.context);
    REQUIRE(::stat(content.c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    CHECK(std::filesystem::is_empty(directory / "s/work"));
    CHECK(store.verify(quiet.context).empty());
}

TEST_CASE("after a reboot a layer is verified once, and a damaged one counts as missing") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    publish(store, key, quiet.context);
    const std::string place = directory / "s/layers/host/" + key.hex();
    const std::string stamp = base::read_file(place + "/stamp");
    CHECK(stamp.ends_with("\nbytes 20\ndescription install of things\n"));

    forget_boot(store, key);
    CHECK(store.find_layer(key, quiet.context));
    CHECK(base::read_file(place + "/stamp") == stamp);

    forget_boot(store, key);
    test::damage(place + "/content/etc/hosts", 0, "9");
    CHECK(!store.find_layer(key, quiet.context));
    CHECK(!base::exists(place));
    publish(store, key, quiet.context);
    CHECK(store.find_layer(key, quiet.context));

    SUBCASE("a damaged inventory is found at once") {
        test::damage(place + "/inventory", 100, "\n");
        CHECK(!store.find_layer(key, quiet.context));
        CHECK(!base::exists(place));
    }
    SUBCASE("a stamp that was not written to the end means: verify") {
        REQUIRE(::truncate((place + "/stamp").c_str(), 0) == 0);
        CHECK(store.find_layer(key, quiet.context));
        REQUIRE(::truncate((place + "/stamp").c_str(), 0) == 0);
        REQUIRE(::chmod((place + "/content/etc/hosts").c_str(), 0600) == 0);
        CHECK(!store.find_layer(key, quiet.context));
    }
    SUBCASE("a file too many is damage") {
        forget_boot(store, key);
        base::replace_file(place + "/content/etc/new", "");
        CHECK(!store.find_layer(key, quiet.context));
    }
}

TEST_CASE("directories above the change may be in the content, devices may be missing") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    const store::WorkDirectory work = store.make_work_directory();
    const std::string staged = work.path() + "/staged";
    base::make_directories(staged + "/usr/bin");
    base::replace_file(staged + "/usr/bin/x", "x", 0755);
    std::vector<tree::Entry> entries;
    entries.push_back(*test::scan_content(staged, quiet.context).find("usr/bin/x"));
    entries.push_back(
        {.path = "dev/null",
         .type = tree::EntryType::char_device,
         .mode = 0666,
         .major = 1,
         .minor = 3});
    const tree::Inventory change(entries);
    store.publish_layer(key, staged, change, "x");
    forget_boot(store, key);
    const std::optional<store::LayerInfo> layer = store.find_layer(key, quiet.context);
    REQUIRE(layer);
    CHECK(layer->change == change);
}

TEST_CASE("list shows every entry, verify finds every damage") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    publish(store, key, quiet.context);
    store::BlobWriter blob = store.new_blob();
    blob.write(bytes_of("content"));
    const crypto::Digest digest = blob.publish(std::nullopt, "x");
    store.put_chunk(key, bytes_of("chunk"));
    store::ExpandedWriter expanded = store.new_expanded();
    expanded.write(bytes_of("expanded"));
    const std::string expanded_path = store.publish_expanded(key, std::move(expanded));
    store.put_record("resolution", key, "text");
    const std::vector<store::StoreEntry> entries = store.list();
    REQUIRE(entries.size() == 5);
    CHECK(entries[0].kind == "blob");
    CHECK(entries[0].key == digest.hex());
    CHECK(entries[0].bytes == 7);
    CHECK(entries[1].kind == "layer");
    CHECK(entries[1].bytes == 20);
    CHECK(entries[1].description == "install of things");
    CHECK(entries[1].last_used > 1700000000);
    CHECK(entries[2].kind == "chunk");
    CHECK(entries[2].bytes == 5 + 33);
    CHECK(entries[3].kind == "expanded");
    CHECK(entries[3].bytes == 8 + 33);
    CHECK(entries[4].kind == "record");
    CHECK(entries[4].description == "resolution");
    CHECK(store.verify(quiet.context).empty());

    test::damage(store.blob_path(digest), 0, "C");
    test::damage(directory / "s/chunks/" + key.hex(), 66, "C");
    test::damage(directory / "s/records/resolution/" + key.hex(), 66, "C");
    test::damage(directory / "s/layers/host/" + key.hex() + "/content/etc/hosts", 0, "9");
    test::damage(expanded_path, 0, "E");
    const std::vector<std::string> damages = store.verify(quiet.context);
    REQUIRE(damages.size() == 5);
    CHECK(
        damages[0] ==
        "blob " + digest.hex() + ": its digest is " + crypto::sha256("Content").hex());
    CHECK(damages[1].starts_with("layer " + key.hex() + ": etc/hosts: "));
    CHECK(damages[2] == "chunk " + key.hex() + ": its digest does not match");
    CHECK(damages[3] == "expanded " + key.hex() + ": its digest does not match");
    CHECK(damages[4] == "record " + key.hex() + ": its digest does not match");
    CHECK(store.list().empty());
    CHECK(store.verify(quiet.context).empty());
}

TEST_CASE("prune removes by age and size, least recently used first") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    const Store store = Store::open(directory / "s", "host");
    std::vector<store::Key> keys;
    for (const int i : {0, 1, 2, 3}) {
        keys.push_back(crypto::sha256(std::to_string(i)));
        store.put_chunk(keys.back(), bytes_of(std::string(1000 - 33, 'x')));
        set_last_use(directory / "s/chunks/" + keys.back().hex(), 1000 * (i + 1));
    }
    publish(store, key, quiet.context);
    set_last_use(directory / "s/layers/host/" + key.hex() + "/stamp", 5000);
    store.put_chunk(crypto::sha256("damaged"), bytes_of("x"));
    test::damage(directory / "s/chunks/" + crypto::sha256("damaged").hex(), 33, "y");
    CHECK(!store.find_chunk(crypto::sha256("damaged")));

    CHECK(store.prune(std::nullopt, std::nullopt, quiet.context) == 0);
    CHECK(std::filesystem::is_empty(directory / "s/damaged"));
    CHECK(store.prune(4500, std::nullopt, quiet.context) == 20);
    CHECK(!store.find_layer(key, quiet.context));
    CHECK(store.prune(std::nullopt, 2500, quiet.context) == 2000);
    CHECK(store.list().size() == 2);
    CHECK(store.find_chunk(keys[0]));
    CHECK(store.find_chunk(keys[1]));

    SUBCASE("what is used becomes the most recently used") {
        set_last_use(directory / "s/chunks/" + keys[0].hex(), 500);
        set_last_use(directory / "s/chunks/" + keys[1].hex(), 900);
        CHECK(store.find_chunk(keys[1]));
        CHECK(store.prune(std::nullopt, 1000, quiet.context) == 1000);
        CHECK(store.find_chunk(keys[1]));
    }
    SUBCASE("what was used since the oldest running build began stays") {
        set_last_use(directory / "s/chunks/" + keys[0].hex(), 500);
        set_last_use(directory / "s/chunks/" + keys[1].hex(), 900);
        {
            const store::WorkDirectory build = store.make_work_directory();
            CHECK(store.find_chunk(keys[1]));
            CHECK(store.prune(0, 0, quiet.context) == 1000);
            CHECK(store.find_chunk(keys[1]));
        }
        CHECK(store.prune(std::nullopt, 0, quiet.context) == 1000);
        CHECK(store.list().empty());
    }
}

TEST_CASE("many writers at once") {
    const test::TemporaryDirectory directory;
    test::Quiet quiet;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                const Store store = Store::open(directory / "s", "host");
                const store::WorkDirectory work = store.make_work_directory();
                store::BlobWriter blob = store.new_blob();
                blob.write(bytes_of("same"));
                blob.publish(crypto::sha256("same"), "x");
                store.put_chunk(key, bytes_of("same"));
                publish(store, key, quiet.context);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const Store store = Store::open(directory / "s", "host");
    CHECK(store.list().size() == 3);
    CHECK(store.verify(quiet.context).empty());
    CHECK(std::filesystem::is_empty(directory / "s/work"));
}
