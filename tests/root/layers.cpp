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
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

using namespace imgbuild;
using root::MountWay;
using store::Store;
using test::Outcome;
using tree::Inventory;

namespace {

std::unique_ptr<root::LayerDriver>
overlay_driver(const Store& store, MountWay way, bool index = true) {
    root::OverlaySupport support = root::probe_overlay(store, way);
    REQUIRE(support.problem.empty());
    REQUIRE(support.options.index);
    support.options.index = index;
    return root::make_overlay_driver(store, support.options);
}

Inventory scan_path(const std::string& path, const base::Context& context) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    return tree::scan(directory.get(), path, {.overlay_upper = true}, context);
}

void check_equal(const Inventory& wanted, const Inventory& found) {
    for (const std::string& line : tree::describe_differences(wanted, found)) {
        FAIL_CHECK(line);
    }
    CHECK(wanted == found);
}

void check_equal(const Outcome& wanted, const Outcome& found) {
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

std::string content_of(const Inventory& inventory, const std::string& path) {
    const tree::Entry* const entry = inventory.find(path);
    return entry == nullptr || !entry->digest ? "" : entry->digest->hex();
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
        check_equal(wanted, found);
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

TEST_CASE("hard links are what they would be in a directory") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto driver = overlay_driver(store, MountWay::automatic);
    const Outcome outcome = test::run_stages(*driver, test.context);
    const Inventory& after = outcome.after[4];
    const std::string written = crypto::sha256("write\nmore\n").hex();
    CHECK(content_of(after, "links/write/a") == written);
    CHECK(content_of(after, "links/write/b") == written);
    CHECK(content_of(after, "links/write/x/c") == written);
    CHECK(same_file(after, "links/write/a", "links/write/x/c"));

    CHECK(content_of(after, "links/replace/a") == crypto::sha256("new\n").hex());
    CHECK(content_of(after, "links/replace/b") == crypto::sha256("replace\n").hex());
    CHECK(!same_file(after, "links/replace/a", "links/replace/b"));
    CHECK(same_file(after, "links/replace/b", "links/replace/x/c"));

    CHECK(after.find("links/chmod/a")->mode == 0400);
    CHECK(after.find("links/chmod/x/c")->mode == 0400);
    CHECK(after.find("links/write-remove/a") == nullptr);
    CHECK(
        content_of(after, "links/write-remove/b") == crypto::sha256("write-remove\nmore\n").hex());
    CHECK(same_file(after, "links/rename/renamed", "links/rename/b"));
    CHECK(
        content_of(after, "links/write-rename/a") == crypto::sha256("write-rename\nmore\n").hex());
    CHECK(same_file(after, "links/write-rename/a", "links/moved"));
    CHECK(same_file(after, "links/more/a", "links/more/d"));
    CHECK(same_file(after, "links/cut/a", "links/cut/b"));
    CHECK(content_of(after, "links/last") == crypto::sha256("all\nmore\n").hex());
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

TEST_CASE("sixty layers") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    // A long path, as a store in somebody's home may have.
    const Store store = Store::open(directory / std::string(150, 'p'), "host");
    const auto run = [&](MountWay way) {
        const auto driver = overlay_driver(store, way);
        std::vector<store::Key> layers;
        Inventory below;
        for (int i = 0; i < 60; ++i) {
            const store::Key key = crypto::sha256("layer " + std::to_string(i));
            const auto root = driver->open(layers, below, test.context);
            test::run_script(
                root->mount_path(),
                "echo " + std::to_string(i) + " | tee one > f" + std::to_string(i));
            below = root->commit(key, test::epoch, test.context);
            layers.push_back(key);
        }
        const Inventory found = test::scan_root(*driver, store, layers, test.context);
        check_equal(below, found);
        CHECK(found.entries().size() == 62);
        CHECK(content_of(found, "one") == crypto::sha256("59\n").hex());
    };
    SUBCASE("one by one") {
        run(MountWay::one_by_one);
    }
    SUBCASE("as one string") {
        run(MountWay::by_string);
    }
}

TEST_CASE("too many layers for a string are an error, not a cut string") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const std::string lower = directory / "lower";
    base::make_directories(lower);
    base::make_directories(directory / "work/upper");
    const std::vector<std::string> many(300, lower);
    CHECK_THROWS_WITH_AS(
        root::OverlayMount(directory / "work", many, {.way = MountWay::by_string}),
        doctest::Contains("mounting an overlay: 300 layers need "),
        base::Error);
}

TEST_CASE("a root that is not committed leaves nothing") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto check = [&](root::LayerDriver& driver) {
        const store::Key key = crypto::sha256("first");
        Inventory below;
        {
            const auto root = driver.open({}, {}, test.context);
            test::run_script(root->mount_path(), "echo a > a");
            below = root->commit(key, test::epoch, test.context);
        }
        {
            const auto root = driver.open({key}, below, test.context);
            test::run_script(root->mount_path(), "echo b > b; rm a");
        }
        check_equal(below, test::scan_root(driver, store, {key}, test.context));
    };
    SUBCASE("overlay") {
        check(*overlay_driver(store, MountWay::automatic));
        CHECK(std::filesystem::is_empty(directory / "s/work"));
    }
    SUBCASE("plain") {
        check(*root::make_plain_driver(store));
        CHECK(std::filesystem::is_empty(directory / "s/work"));
    }
    CHECK(base::read_file("/proc/self/mountinfo").find(directory.path()) == std::string::npos);
}

TEST_CASE("a missing layer is named") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const store::Key key = crypto::sha256("missing");
    const std::string message = "the store " + store.path() + " has no usable layer " + key.hex();
    CHECK_THROWS_WITH_AS(
        overlay_driver(store, MountWay::automatic)->open({key}, {}, test.context),
        message.c_str(),
        base::Error);
    CHECK_THROWS_WITH_AS(
        root::make_plain_driver(store)->open({key}, {}, test.context),
        message.c_str(),
        base::Error);
}

TEST_CASE("a file system that can't be the upper one is noticed and named") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    base::make_directories(directory / "s");
    // An overlay can't be the upper directory of another one.
    for (const char* const name : {"l", "u", "w"}) {
        base::make_directories(directory / name);
    }
    const std::string options = "lowerdir=" + directory / "l" + ",upperdir=" + directory / "u" +
                                ",workdir=" + directory / "w";
    REQUIRE(::mount("x", (directory / "s").c_str(), "overlay", 0, options.c_str()) == 0);
    {
        const Store store = Store::open(directory / "s", "host");
        const auto driver =
            root::make_layer_driver(root::DriverChoice::automatic, store, test.context);
        CHECK(driver->name() == "plain");
        REQUIRE(test.reporter.messages.size() == 1);
        const std::string start = "overlay mounts can't be used in " + store.path() + ": ";
        CHECK(test.reporter.messages[0].starts_with(start));
        CHECK(test.reporter.messages[0].ends_with(
            "; the layers are copied instead, which takes longer"));
        CHECK_THROWS_WITH_AS(
            root::make_layer_driver(root::DriverChoice::overlay, store, test.context),
            doctest::Contains(start.c_str()),
            base::Error);
        const Outcome outcome = test::run_stages(*driver, test.context);
        CHECK(outcome.layers.size() == test::stages().size());
    }
    CHECK(::umount((directory / "s").c_str()) == 0);
}

TEST_CASE("an ordinary user with subordinate ids makes the same layers") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "root", "host");
    const auto driver = overlay_driver(store, MountWay::automatic);
    const std::string wanted = test::text_of(test::run_stages(*driver, test.context));
    const std::string script = std::string(IMGBUILD_TEST_SOURCES) + "/as_user.sh";
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

TEST_CASE("a killed build leaves no mount, and its files only until the next one") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const std::string path = directory / "s";
    int ends[2] = {};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const base::UniqueFd read_end(ends[0]);
    base::UniqueFd write_end(ends[1]);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(write_end.get(), STDOUT_FILENO);
        ::execl(
            "/proc/self/exe",
            "layers",
            "--child-wait",
            "overlay",
            path.c_str(),
            static_cast<char*>(nullptr));
        ::_exit(127);
    }
    write_end.reset();
    char word[6] = {};
    CHECK(::read(read_end.get(), word, sizeof word) == sizeof word);
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(base::read_file("/proc/self/mountinfo").find(path) == std::string::npos);
    CHECK(!std::filesystem::is_empty(path + "/work"));
    const Store store = Store::open(path, "host");
    CHECK(std::filesystem::is_empty(path + "/work"));
    CHECK(store.verify(test.context).empty());
}
