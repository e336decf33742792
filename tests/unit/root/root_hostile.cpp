// SPDX-License-Identifier: Apache-2.0
// Trees made by somebody who wants imgbuild to leave the root.
#include "base/error.hpp"
#include "base/file.hpp"
#include "root/root.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

using imgbuild::base::read_file;
using imgbuild::base::replace_file;
using imgbuild::root::Attributes;
using imgbuild::root::Root;
using imgbuild::test::TemporaryDirectory;

namespace {

Attributes own(std::uint32_t mode) {
    return {mode, ::getuid(), ::getgid()};
}

/// `outside/` with a secret beside `image/`.
struct Scene {
    void link(const std::string& target, const std::string& name) const {
        REQUIRE(::symlink(target.c_str(), (directory / ("image/" + name)).c_str()) == 0);
    }

    Root open_image() const {
        imgbuild::base::make_directories(directory / "outside");
        imgbuild::base::make_directories(directory / "image/etc");
        replace_file(directory / "outside/passwd", "host");
        replace_file(directory / "image/etc/passwd", "image");
        return Root::open(directory / "image");
    }

    TemporaryDirectory directory;
    Root root = open_image();
};

} // namespace

TEST_SUITE("Root against hostile trees") {
    TEST_CASE("absolute links and .. resolve inside the root") {
        const Scene scene;
        scene.link("/etc/passwd", "absolute");
        scene.link("../../../../../../../../etc/passwd", "dots");
        scene.link("../outside", "directory");
        scene.link(scene.directory / "outside", "absolute-directory");
        CHECK(scene.root.read("absolute") == "image");
        CHECK(scene.root.read("dots") == "image");
        CHECK(scene.root.read("../../../etc/passwd") == "image");
        CHECK_FALSE(scene.root.try_read("directory/passwd").has_value());
        CHECK_FALSE(scene.root.try_read("absolute-directory/passwd").has_value());
        CHECK_THROWS_AS(
            scene.root.write("directory/passwd", "evil", own(0644)), imgbuild::base::SystemError);
        CHECK_THROWS_AS(
            scene.root.make_directories("directory/x", own(0755)), imgbuild::base::SystemError);
        CHECK_THROWS_AS(scene.root.place_of("absolute-directory/x"), imgbuild::base::SystemError);
        scene.root.remove("directory/passwd");
        scene.root.remove("directory");
        CHECK(read_file(scene.directory / "outside/passwd") == "host");
    }

    TEST_CASE("link loops end") {
        const Scene scene;
        scene.link("two", "one");
        scene.link("one", "two");
        CHECK_THROWS_AS(scene.root.read("one"), imgbuild::base::SystemError);
        CHECK_THROWS_AS(scene.root.status("one/x"), imgbuild::base::SystemError);
        scene.root.remove("one");
        CHECK_FALSE(scene.root.exists("one"));
    }

    TEST_CASE("magic links are not followed") {
        const Root host = Root::open("/");
        CHECK_THROWS_AS(host.read("/proc/self/exe"), imgbuild::base::SystemError);
        CHECK_THROWS_AS(host.list("/proc/self/root/etc"), imgbuild::base::SystemError);
    }

    TEST_CASE("a fifo or a socket in the place of a file is an error, not a wait") {
        const Scene scene;
        REQUIRE(::mkfifo((scene.directory / "image/fifo").c_str(), 0666) == 0);
        scene.link("fifo", "link");
        const char* const message = "is neither a file nor a directory";
        CHECK_THROWS_WITH_AS(
            scene.root.read("link"), doctest::Contains(message), imgbuild::base::Error);
        CHECK_THROWS_AS(
            scene.root.open_file("fifo", O_WRONLY | O_CREAT, 0644), imgbuild::base::Error);
        scene.root.write("fifo", "a file now", own(0644));
        CHECK(scene.root.read("fifo") == "a file now");
    }

    TEST_CASE("open_file makes a file, but not through a dangling link") {
        const Scene scene;
        scene.link("/nowhere", "dangling");
        CHECK(scene.root.open_file("new", O_WRONLY | O_CREAT, 0600));
        CHECK_THROWS_AS(
            scene.root.open_file("dangling", O_WRONLY | O_CREAT, 0600),
            imgbuild::base::SystemError);
        CHECK_THROWS_AS(
            scene.root.open_file("dangling", O_RDONLY | O_NOFOLLOW), imgbuild::base::SystemError);
        CHECK_FALSE(scene.root.exists("nowhere"));
    }

    TEST_CASE("a directory swapped for a link all the time never leads out") {
        const Scene scene;
        const std::string real = scene.directory / "image/d";
        const std::string other = scene.directory / "image/other";
        REQUIRE(::mkdir(real.c_str(), 0755) == 0);
        scene.link("../outside", "other");
        std::atomic<bool> done = false;
        std::thread swapper([&] {
            while (!done) {
                ::renameat2(AT_FDCWD, real.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
            }
        });
        int written = 0;
        for (int round = 0; round < 2000; ++round) {
            try {
                scene.root.write("d/passwd", "evil", own(0644));
                ++written;
                scene.root.read("d/../d/passwd");
            } catch (const imgbuild::base::SystemError&) {
                // The link was there at that moment: it leads to image/outside, which is missing.
            }
            try {
                scene.root.remove("d/passwd");
            } catch (const imgbuild::base::SystemError&) {
            }
        }
        done = true;
        swapper.join();
        CHECK(written > 0);
        CHECK(read_file(scene.directory / "outside/passwd") == "host");
        CHECK_FALSE(imgbuild::base::exists(scene.directory / "image/outside"));
    }
}
