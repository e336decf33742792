// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "layers_stages.hpp"
#include "layers_support.hpp"
#include "root/overlay_driver.hpp"
#include "root/plain_driver.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>

using namespace imgbuild;
using root::MountWay;
using store::Store;
using test::check_equal;
using test::digest_at;
using test::Outcome;
using test::overlay_driver;
using test::scan_path;
using tree::Inventory;

namespace {

void check_equal_outcomes(const Outcome& wanted, const Outcome& found) {
    REQUIRE(wanted.after.size() == found.after.size());
    for (std::size_t i = 0; i < wanted.after.size(); ++i) {
        INFO("after stage ", i, " ", test::stages()[i].name);
        check_equal(wanted.after[i], found.after[i]);
    }
}

std::string content_path(const Store& store, const store::Key& key) {
    return store.path() + "/layers/host/" + key.hex() + "/content";
}

/// The layers of two stores are the same, down to the files.
void check_equal_layers(
    const Store& a,
    const Store& b,
    const std::vector<store::Key>& layers,
    const base::Context& context) {
    for (const store::Key& key : layers) {
        INFO("layer ", key.hex());
        check_equal(a.layer_change(key), b.layer_change(key));
        check_equal(
            scan_path(content_path(a, key), context), scan_path(content_path(b, key), context));
    }
}

void check_no_overlay_attributes(const std::string& path) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        char names[4096];
        const ssize_t length = ::llistxattr(entry.path().c_str(), names, sizeof names);
        REQUIRE(length >= 0);
        CHECK(
            std::string_view(names, std::size_t(length)).find("overlay") == std::string_view::npos);
    }
}

std::vector<store::Key> first_of(const std::vector<store::Key>& layers, std::size_t count) {
    return {layers.begin(), std::next(layers.begin(), static_cast<std::ptrdiff_t>(count))};
}

bool same_file(const Inventory& inventory, const std::string& a, const std::string& b) {
    const tree::Entry* const first = inventory.find(a);
    const tree::Entry* const second = inventory.find(b);
    return first != nullptr && second != nullptr && first->link_group != 0 &&
           first->link_group == second->link_group;
}

} // namespace

TEST_CASE("overlay and plain give the same layers, whatever a stage does") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store plain_store = Store::open(directory / "plain", "host");
    const auto plain = root::make_plain_driver(plain_store);
    const Outcome wanted = test::run_stages(*plain, test.context);
    CHECK(plain_store.verify(test.context).empty());

    const auto compare = [&](MountWay way, bool index) {
        const Store store = Store::open(directory / "overlay", "host");
        const auto overlay = overlay_driver(store, way, index);
        const Outcome found = test::run_stages(*overlay, test.context);
        check_equal_outcomes(wanted, found);
        check_equal_layers(plain_store, store, wanted.layers, test.context);
        CHECK(store.verify(test.context).empty());
        for (const store::Key& key : found.layers) {
            check_no_overlay_attributes(content_path(store, key));
        }
        check_equal(wanted.after.back(), root::inventory_of_layers(store, found.layers));
        // Layers can be used by the other driver than the one that made them.
        const auto other = root::make_plain_driver(store);
        for (std::size_t count = 1; count <= found.layers.size(); ++count) {
            INFO("root of ", count, " layers");
            const std::vector<store::Key> some = first_of(found.layers, count);
            check_equal(
                wanted.after[count - 1], test::scan_root(*other, store, some, test.context));
            check_equal(
                wanted.after[count - 1], test::scan_root(*overlay, store, some, test.context));
        }
    };
    SUBCASE("layers given one by one") {
        compare(MountWay::one_by_one, true);
    }
    SUBCASE("layers given as one string") {
        compare(MountWay::by_string, true);
    }
    SUBCASE("without the overlay's index") {
        compare(MountWay::automatic, false);
    }
}

TEST_CASE("a layer that is grafted is the same below another directory, and is not written again") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const store::Key part = crypto::sha256("part");
    const store::Key below = crypto::sha256("below");
    const store::Key whole = crypto::sha256("whole");
    const store::Key changed = crypto::sha256("changed");
    const auto build = [&](const Store& store, root::LayerDriver& driver) {
        const auto source = driver.open({}, {}, test.context);
        test::run_script(source->mount_path(), R"(
            mkdir -p a/deep kept
            echo program > a/program; chmod 4755 a/program; ln a/program a/deep/other
            ln -s program a/link
            echo later > a/later; touch -d 2030-01-01T00:00:00Z a/later
            echo new > kept/old
            echo added > kept/added
            touch -h -d 2010-01-01T00:00:00Z a/link a/program kept/old kept/added a/deep a kept .
        )");
        source->record_device({.path = "a/gone", .type = tree::EntryType::char_device});
        source->commit(part, std::int64_t{1} << 40U, test.context);
        const auto base = driver.open({}, {}, test.context);
        test::run_script(
            base->mount_path(), "mkdir -p srv/kept; echo old > srv/kept/old; ln -s srv data");
        Inventory inventory = base->commit(below, test::epoch, test.context);
        const auto root = driver.open({below}, inventory, test.context);
        root->graft("data", part, test.context);
        CHECK_FALSE(root->root().exists("srv/a"));
        inventory = root->commit(whole, test::epoch, test.context);
        check_equal(inventory, root::inventory_of_layers(store, {below, whole}));
        const auto next = driver.open({below, whole}, inventory, test.context);
        test::run_script(next->mount_path(), "echo changed >> srv/a/later");
        next->commit(changed, test::epoch, test.context);
        CHECK(store.verify(test.context).empty());
        return inventory;
    };
    const Store plain_store = Store::open(directory / "plain", "host");
    const Inventory wanted = build(plain_store, *root::make_plain_driver(plain_store));
    const Store store = Store::open(directory / "overlay", "host");
    const Inventory found = build(store, *overlay_driver(store, MountWay::automatic));
    check_equal(wanted, found);
    check_equal_layers(plain_store, store, {part, below, whole, changed}, test.context);

    REQUIRE(found.find("srv/a/program") != nullptr);
    CHECK(found.find("srv/a/program")->mode == 04755);
    CHECK(same_file(found, "srv/a/program", "srv/a/deep/other"));
    CHECK(found.find("srv/a/later")->mtime.seconds == 1893456000);
    CHECK(found.find("srv/a")->mtime.seconds == 1262304000);
    CHECK(found.find("srv/a/gone")->type == tree::EntryType::char_device);
    CHECK(digest_at(found, "srv/kept/old") == crypto::sha256("old\n").hex());
    CHECK(digest_at(found, "srv/kept/added") == crypto::sha256("added\n").hex());
    struct stat original = {};
    struct stat grafted = {};
    REQUIRE(::stat((content_path(store, part) + "/a/later").c_str(), &original) == 0);
    REQUIRE(::stat((content_path(store, whole) + "/srv/a/later").c_str(), &grafted) == 0);
    CHECK(original.st_ino == grafted.st_ino);
    CHECK(base::read_file(content_path(store, part) + "/a/later") == "later\n");
}

TEST_CASE("hard links are what they would be in a directory") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto driver = overlay_driver(store, MountWay::automatic);
    const Outcome outcome = test::run_stages(*driver, test.context);
    const Inventory& after = outcome.after[4];
    const std::string written = crypto::sha256("write\nmore\n").hex();
    CHECK(digest_at(after, "links/write/a") == written);
    CHECK(digest_at(after, "links/write/b") == written);
    CHECK(digest_at(after, "links/write/x/c") == written);
    CHECK(same_file(after, "links/write/a", "links/write/x/c"));

    CHECK(digest_at(after, "links/replace/a") == crypto::sha256("new\n").hex());
    CHECK(digest_at(after, "links/replace/b") == crypto::sha256("replace\n").hex());
    CHECK(!same_file(after, "links/replace/a", "links/replace/b"));
    CHECK(same_file(after, "links/replace/b", "links/replace/x/c"));

    CHECK(after.find("links/chmod/a")->mode == 0400);
    CHECK(after.find("links/chmod/x/c")->mode == 0400);
    CHECK(after.find("links/write-remove/a") == nullptr);
    CHECK(digest_at(after, "links/write-remove/b") == crypto::sha256("write-remove\nmore\n").hex());
    CHECK(same_file(after, "links/rename/renamed", "links/rename/b"));
    CHECK(digest_at(after, "links/write-rename/a") == crypto::sha256("write-rename\nmore\n").hex());
    CHECK(same_file(after, "links/write-rename/a", "links/moved"));
    CHECK(same_file(after, "links/more/a", "links/more/d"));
    CHECK(same_file(after, "links/cut/a", "links/cut/b"));
    CHECK(digest_at(after, "links/last") == crypto::sha256("all\nmore\n").hex());
}

TEST_CASE("what was touched but not changed is not in a layer") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto driver = overlay_driver(store, MountWay::automatic);
    const Outcome outcome = test::run_stages(*driver, test.context);
    CHECK(store.layer_change(outcome.layers[6]).entries().empty());
    CHECK(store.layer_change(outcome.layers[7]).entries().empty());
    CHECK(std::filesystem::is_empty(content_path(store, outcome.layers[6])));
    const Inventory modified = store.layer_change(outcome.layers[1]);
    CHECK(modified.find("etc/hosts") != nullptr);
    CHECK(modified.find("etc/keep") == nullptr);
    CHECK(modified.find("usr/bin/tool") == nullptr);
    CHECK(!base::exists(content_path(store, outcome.layers[1]) + "/etc/keep"));
    CHECK(modified.find("var/log/gone")->type == tree::EntryType::whiteout);
    CHECK(modified.find("usr/share/doc/a/b")->type == tree::EntryType::whiteout);
    CHECK(modified.find("usr/share/doc/a/b/1") == nullptr);
    const std::vector<store::StoreEntry> entries = store.list();
    REQUIRE(entries.size() == outcome.layers.size());
    CHECK(std::any_of(entries.begin(), entries.end(), [](const store::StoreEntry& entry) {
        return entry.description == "replace directories";
    }));
}

TEST_CASE("owners, modes, times and attributes come out as they were made") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto driver = root::make_layer_driver(root::DriverChoice::automatic, store, test.context);
    CHECK(driver->name() == "overlay");
    const Outcome outcome = test::run_stages(*driver, test.context);
    const Inventory& first = outcome.after[0];
    CHECK(first.find("")->mode == 0755);
    CHECK(first.find("usr/bin/tool")->mode == 04755);
    CHECK(first.find("usr/bin/write")->mode == 02755);
    CHECK(first.find("usr/bin/write")->gid == 5);
    CHECK(first.find("tmp")->mode == 01777);
    CHECK(first.find("etc/dangling")->uid == 3);
    CHECK(first.find("etc/keep")->mtime == tree::Time{981173106, 123456789});
    CHECK(first.find("etc/hosts")->mtime == tree::Time{test::epoch, 0});
    CHECK(
        first.find("etc/hosts")->xattrs.at(0) ==
        std::pair<std::string, std::string>("user.origin", {"a\0b", 3}));
    CHECK(first.find("usr/bin/ping")->xattrs.at(0).first == "security.capability");
    CHECK(first.find("dev/null")->major == 1);
    CHECK(first.find("dev/null")->minor == 3);
    CHECK(first.find("var/socket")->type == tree::EntryType::socket);
    CHECK(first.find("sparse")->size == (3U << 20U) + 3);
    struct stat status = {};
    REQUIRE(::stat((content_path(store, outcome.layers[0]) + "/sparse").c_str(), &status) == 0);
    CHECK(status.st_blocks < 64);
    REQUIRE(::stat((content_path(store, outcome.layers[0]) + "/etc/hosts").c_str(), &status) == 0);
    CHECK(status.st_mtim.tv_sec == test::epoch);
}

TEST_CASE("an ordinary user with subordinate ids makes the same layers") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "root", "host");
    const auto driver = overlay_driver(store, MountWay::automatic);
    const std::string wanted = test::text_of(test::run_stages(*driver, test.context));
    const std::string script = std::string(IMGBUILD_TEST_SOURCES) + "/as-user.sh";
    for (const char* const name : {"overlay", "plain"}) {
        INFO("driver ", name);
        const std::string found = test::run_again(
            {script,
             std::filesystem::read_symlink("/proc/self/exe"),
             "--child-stages",
             name,
             "store"});
        CHECK(found.size() == wanted.size());
        CHECK((found == wanted));
    }
}
