// SPDX-License-Identifier: Apache-2.0
// Layers where something is scarce, missing, busy, shared or killed.
#include "base/error.hpp"
#include "base/file.hpp"
#include "layers_stages.hpp"
#include "layers_support.hpp"
#include "root/overlay_driver.hpp"
#include "root/plain_driver.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
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

TEST_CASE("sixty layers") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    // A long path, as a store in somebody's home may have, with what options are separated by.
    const Store store = Store::open(directory / std::string(150, 'p') + ",a:b\\c", "host");
    std::vector<store::Key> layers;
    Inventory below;
    for (int i = 0; i < 60; ++i) {
        const store::WorkDirectory work = store.make_work_directory();
        const std::string staged = work.path() + "/staged";
        base::make_directories(staged);
        const std::string number = std::to_string(i);
        test::run_script(staged, "echo " + number + " | tee one > f" + number);
        const Inventory change = scan_path(staged, test.context);
        layers.push_back(crypto::sha256("layer " + number));
        store.publish_layer(layers.back(), staged, change, number);
        below = tree::apply(below, change);
    }
    const auto run = [&](MountWay way) {
        const auto driver = overlay_driver(store, way);
        const Inventory found = test::scan_root(*driver, store, layers, test.context);
        check_equal(below, found);
        CHECK(found.entries().size() == 62);
        CHECK(digest_at(found, "one") == crypto::sha256("59\n").hex());
        const auto root = driver->open(layers, below, test.context);
        test::run_script(root->mount_path(), "rm f0; echo top > f59");
        const Inventory after = root->commit(crypto::sha256("top"), test::epoch, test.context);
        CHECK(after.find("f0") == nullptr);
        CHECK(digest_at(after, "f59") == crypto::sha256("top\n").hex());
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
    std::vector<std::string> lower;
    for (int i = 0; i < 300; ++i) {
        lower.push_back(directory / "lower" + std::to_string(i));
        base::make_directories(lower.back());
    }
    base::make_directories(directory / "by-string/upper");
    CHECK_THROWS_WITH_AS(
        root::OverlayMount(directory / "by-string", lower, {.way = MountWay::by_string}),
        doctest::Contains("mounting an overlay: 300 layers need "),
        base::Error);
    utsname kernel = {};
    int major = 0;
    int minor = 0;
    REQUIRE(::uname(&kernel) == 0);
    REQUIRE(std::sscanf(kernel.release, "%d.%d", &major, &minor) == 2);
    if (major > 6 || (major == 6 && minor >= 7)) {
        base::make_directories(directory / "automatic/upper");
        root::OverlayMount mount(directory / "automatic", lower, {});
        CHECK(base::is_directory(mount.path()));
    }
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

TEST_CASE("a full disk ends the commit with an error that names the store") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const std::string path = directory / "s";
    base::make_directories(path);
    REQUIRE(::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=2m") == 0);
    {
        const Store store = Store::open(path, "host");
        const auto driver = root::make_plain_driver(store);
        const store::Key key = crypto::sha256("first");
        {
            const auto root = driver->open({}, {}, test.context);
            // The stage fits, the copy of it that the layer would be does not.
            test::run_script(
                root->mount_path(),
                "dd if=/dev/zero of=file bs=1M count=1 status=none; echo a > a");
            test::run_script(
                root->mount_path(), "dd if=/dev/zero of=more bs=100k count=6 status=none");
            std::string message;
            try {
                root->commit(key, test::epoch, test.context);
            } catch (const base::SystemError& error) {
                message = error.what();
                CHECK(error.error_number() == ENOSPC);
                CHECK(error.exit_code() == base::ExitCode::system);
            }
            CHECK(message.starts_with("writing " + path + "/work/"));
            CHECK(message.ends_with(": No space left on device"));
        }
        CHECK(!store.find_layer(key, test.context));
        CHECK(std::filesystem::is_empty(path + "/work"));
        const auto root = driver->open({}, {}, test.context);
        test::run_script(root->mount_path(), "echo a > a");
        root->commit(key, test::epoch, test.context);
        CHECK(store.find_layer(key, test.context));
    }
    CHECK(::umount(path.c_str()) == 0);
}

TEST_CASE("two builders of one layer at the same time both succeed") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto overlay = overlay_driver(store, MountWay::automatic);
    const auto plain = root::make_plain_driver(store);
    const store::Key key = crypto::sha256("first");
    const auto first = overlay->open({}, {}, test.context);
    const auto second = plain->open({}, {}, test.context);
    test::run_script(first->mount_path(), "echo a > a");
    test::run_script(second->mount_path(), "echo a > a");
    const Inventory after = first->commit(key, test::epoch, test.context);
    check_equal(after, second->commit(key, test::epoch, test.context));
    check_equal(after, root::inventory_of_layers(store, {key}));
    CHECK(store.verify(test.context).empty());
}

TEST_CASE("a root that is still used is not committed") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store store = Store::open(directory / "s", "host");
    const auto driver = overlay_driver(store, MountWay::automatic);
    const auto root = driver->open({}, {}, test.context);
    const base::UniqueFd user = base::open_at(AT_FDCWD, root->mount_path(), O_RDONLY | O_DIRECTORY);
    const store::Key key = crypto::sha256("first");
    CHECK_THROWS_WITH_AS(
        root->commit(key, test::epoch, test.context),
        ("unmounting " + root->mount_path() + ": Device or resource busy").c_str(),
        base::SystemError);
    CHECK(!store.find_layer(key, test.context));
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
