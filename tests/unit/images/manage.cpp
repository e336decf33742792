// SPDX-License-Identifier: Apache-2.0
#include "images/manage.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/history.hpp"
#include "images/overview.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace imgbuild;
using images::ImageStore;
using test::TemporaryDirectory;

namespace {

/// A place with one image, "a".
struct Place {
    Place() {
        images::Locations locations;
        locations.chroots = top / "chroots";
        locations.output = top / "images";
        locations.nodes_file = top / "nodes.conf";
        store.emplace(locations);
        base::make_directories(top / "images");
        base::make_directories(root() + "/bin");
        base::make_directories(root() + "/boot");
        base::make_directories(root() + "/lib/modules/6.1.0-9-amd64");
        base::replace_file(root() + "/boot/vmlinuz-6.1.0-9-amd64", "kernel");
        base::replace_file(root() + "/bin/sh", "shell", 04755);
        REQUIRE(::link((root() + "/bin/sh").c_str(), (root() + "/bin/dash").c_str()) == 0);
        REQUIRE(::symlink("/etc/passwd", (root() + "/link").c_str()) == 0);
        const timespec times[2] = {{1000, 5}, {1000, 5}};
        REQUIRE(::utimensat(AT_FDCWD, (root() + "/bin/sh").c_str(), times, 0) == 0);
        REQUIRE(::utimensat(AT_FDCWD, (root() + "/bin").c_str(), times, 0) == 0);
        base::replace_file(store->output("a"), "packed");
    }

    std::string root(const std::string& name = "a") const {
        return top / "chroots/" + name + "/rootfs";
    }

    struct stat status(const std::string& path) const {
        struct stat found = {};
        REQUIRE(::lstat(path.c_str(), &found) == 0);
        return found;
    }

    TemporaryDirectory top;
    std::optional<ImageStore> store;
    base::SilentReporter reporter;
    base::ThreadPool pool = base::ThreadPool(1);
    base::Context context = {reporter, pool, {}};
};

} // namespace

TEST_CASE("a copy has everything of the original but its output") {
    Place place;
    images::add_history(place.store->own_directory("a"), {.verb = "import", .text = "x"});
    images::copy_image(*place.store, "a", "b", {}, place.context);
    const struct stat shell = place.status(place.root("b") + "/bin/sh");
    CHECK((shell.st_mode & 07777U) == 04755);
    CHECK(shell.st_nlink == 2);
    CHECK(shell.st_mtim.tv_sec == 1000);
    CHECK(shell.st_mtim.tv_nsec == 5);
    CHECK(place.status(place.root("b") + "/bin").st_mtim.tv_sec == 1000);
    CHECK(S_ISLNK(place.status(place.root("b") + "/link").st_mode));
    CHECK(base::read_file(place.root("b") + "/bin/dash") == "shell");
    CHECK_FALSE(base::exists(place.store->output("b")));
    const auto history = images::read_history(place.store->own_directory("b"));
    REQUIRE(history.size() == 2);
    CHECK(history[1].text == "copy of a");
    CHECK_THROWS_WITH_AS(
        images::copy_image(*place.store, "a", "b", {}, place.context),
        "there is an image b already",
        base::UsageError);
    base::replace_file(place.root() + "/new", "new");
    images::copy_image(*place.store, "a", "b", {.force = true}, place.context);
    CHECK(base::exists(place.root("b") + "/new"));
    CHECK_THROWS_AS(
        images::copy_image(*place.store, "a", "a", {.force = true}, place.context),
        base::UsageError);
}

TEST_CASE("an image is renamed with its output") {
    Place place;
    images::rename_image(*place.store, "a", "b", {}, place.context);
    CHECK_FALSE(place.store->has("a"));
    CHECK(base::read_file(place.root("b") + "/bin/sh") == "shell");
    CHECK(base::read_file(place.store->output("b")) == "packed");
    CHECK_FALSE(base::exists(place.store->output("a")));
}

TEST_CASE("what nodes load of a name is there all the time") {
    Place place;
    const auto files = [&] { return root::Root::open(place.top / "images").list(""); };
    images::copy_image(*place.store, "a", "b", {}, place.context);
    base::replace_file(place.store->output("b"), "of b");
    base::replace_file(place.store->plain_output("b"), "of b");
    images::copy_image(*place.store, "a", "b", {.force = true}, place.context);
    CHECK(base::read_file(place.store->output("b")) == "of b");
    images::rename_image(*place.store, "a", "b", {.force = true}, place.context);
    CHECK(base::read_file(place.store->output("b")) == "packed");
    CHECK(files() == std::vector<std::string>{"b.img.gz"});

    images::copy_image(*place.store, "b", "c", {}, place.context);
    images::rename_image(*place.store, "c", "b", {.force = true}, place.context);
    CHECK(base::read_file(place.store->output("b")) == "packed");

    // A rename that was killed leaves an output with two names.
    REQUIRE(::link(place.store->output("b").c_str(), place.store->output("d").c_str()) == 0);
    images::rename_image(*place.store, "b", "d", {}, place.context);
    CHECK(files() == std::vector<std::string>{"d.img.gz"});
}

TEST_CASE("an image that nodes use is not deleted") {
    Place place;
    base::replace_file(
        place.top / "nodes.conf", "nodes:\n  n1:\n    image name: a\n  n2:\n    image name: a\n");
    CHECK_THROWS_WITH_AS(
        images::delete_image(*place.store, "a", {}, place.context),
        "the image a is used by the nodes n1, n2",
        base::UsageError);
    CHECK(place.store->has("a"));
    images::delete_image(*place.store, "a", {.force = true}, place.context);
    CHECK_FALSE(place.store->has("a"));
    CHECK_FALSE(base::exists(place.store->output("a")));
    CHECK_FALSE(base::exists(place.top / "chroots/a"));
}

TEST_CASE("deleting an image whose root is a link leaves what it points to") {
    Place place;
    const std::string elsewhere = place.top / "elsewhere";
    REQUIRE(::rename(place.root().c_str(), elsewhere.c_str()) == 0);
    REQUIRE(::symlink(elsewhere.c_str(), place.root().c_str()) == 0);
    images::delete_image(*place.store, "a", {}, place.context);
    CHECK_FALSE(place.store->has("a"));
    CHECK(base::exists(elsewhere + "/bin/sh"));
}

TEST_CASE("kernels are found without reading the whole root") {
    Place place;
    REQUIRE(::rename((place.root() + "/lib").c_str(), (place.root() + "/usr").c_str()) == 0);
    base::make_directories(place.root() + "/usr/lib");
    REQUIRE(
        ::rename(
            (place.root() + "/usr/modules").c_str(), (place.root() + "/usr/lib/modules").c_str()) ==
        0);
    REQUIRE(::symlink("usr/lib", (place.root() + "/lib").c_str()) == 0);
    const auto kernels = images::kernels_of(place.store->open_root("a"));
    REQUIRE(kernels.size() == 1);
    CHECK(kernels[0].version == "6.1.0-9");
    CHECK(kernels[0].modules_version == "6.1.0-9-amd64");
    const auto infos = images::describe_images(
        *place.store, {"a", "gone"}, {.with_kernel = true, .with_root_size = true}, place.context);
    REQUIRE(infos.size() == 1);
    CHECK(infos[0].kernel_version == "6.1.0-9");
    CHECK(infos[0].root_size == 11);
    CHECK(infos[0].compressed_size == 6);
}
