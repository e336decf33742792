// SPDX-License-Identifier: Apache-2.0
// What a description's overlay trees become in an image.
#include "base/context.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "root/copy_tree.hpp"
#include "support/temporary_directory.hpp"
#include "support/warning_reporter.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace imgbuild;

namespace {

constexpr std::int64_t epoch = 1'700'000'000;

/// A tree of the host and a root that it is copied into.
struct Scene {
    void file(const std::string& name, const std::string& content, mode_t mode = 0644) const {
        const std::string path = source / name;
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, content);
        REQUIRE(::chmod(path.c_str(), mode) == 0);
    }

    void directory(const std::string& name, mode_t mode) const {
        base::make_directories(source / name);
        REQUIRE(::chmod((source / name).c_str(), mode) == 0);
    }

    void link(const std::string& name, const std::string& to) const {
        REQUIRE(::symlink(to.c_str(), (source / name).c_str()) == 0);
    }

    void copy(root::CopyTreeOptions options = {}) {
        options.mtime = epoch;
        root::copy_tree(source.path(), root, options, context);
    }

    std::uint32_t mode(const std::string& path) const {
        const auto status = root.status(path);
        REQUIRE(status.has_value());
        return status->st_mode & 07777U;
    }

    test::TemporaryDirectory source;
    test::TemporaryDirectory target;
    root::Root root = root::Root::open(target.path());
    test::WarningReporter reporter;
    base::ThreadPool pool{1};
    base::Context context{reporter, pool, {}};
};

} // namespace

TEST_SUITE("copy_tree") {
    TEST_CASE("contents, modes, owners and times") {
        Scene scene;
        scene.file("etc/plain", "a", 0640);
        scene.file("usr/bin/tool", "b", 04755);
        scene.file("etc/empty", "", 0400);
        scene.directory("var/private", 02710);
        scene.copy();
        CHECK(scene.root.read("etc/plain") == "a");
        CHECK(scene.root.read("etc/empty").empty());
        CHECK(scene.mode("etc/plain") == 0640);
        CHECK(scene.mode("usr/bin/tool") == 04755);
        CHECK(scene.mode("var/private") == 02710);
        for (const char* const path : {"etc", "etc/plain", "usr/bin/tool", "var/private"}) {
            CAPTURE(path);
            const auto status = scene.root.status(path);
            CHECK(status->st_uid == 0);
            CHECK(status->st_gid == 0);
            CHECK(status->st_mtim.tv_sec == epoch);
            CHECK(status->st_mtim.tv_nsec == 0);
        }
    }

    TEST_CASE("owners of the host do not come along") {
        Scene scene;
        scene.file("file", "a", 02755);
        REQUIRE(::chown((scene.source / "file").c_str(), 1, 2) == 0);
        REQUIRE(::chmod((scene.source / "file").c_str(), 02755) == 0);
        scene.copy({.uid = 5, .gid = 6});
        CHECK(scene.root.status("file")->st_uid == 5);
        CHECK(scene.root.status("file")->st_gid == 6);
        CHECK(scene.mode("file") == 02755);
    }

    TEST_CASE("modes as git keeps them") {
        Scene scene;
        scene.file("etc/shared", "a", 0664);
        scene.file("etc/private", "a", 0600);
        scene.file("bin/tool", "b", 0710);
        scene.directory("new", 0700);
        scene.directory("root", 0775);
        scene.root.make_directory("root", {0700});
        scene.copy({.git_modes = true});
        CHECK(scene.mode("etc/shared") == 0644);
        CHECK(scene.mode("etc/private") == 0644);
        CHECK(scene.mode("bin/tool") == 0755);
        CHECK(scene.mode("new") == 0755);
        // git knows nothing of directories: the image's own keeps its mode.
        CHECK(scene.mode("root") == 0700);
    }

    TEST_CASE("directories of the image get the tree's modes, and keep owner and content") {
        Scene scene;
        scene.directory("srv", 0750);
        scene.file("srv/new", "new");
        scene.root.make_directory("srv", {0700, 7, 8});
        scene.root.write("srv/old", "old", {0600});
        scene.copy();
        CHECK(scene.mode("srv") == 0750);
        CHECK(scene.root.status("srv")->st_uid == 7);
        CHECK(scene.root.read("srv/old") == "old");
        CHECK(scene.root.read("srv/new") == "new");
    }

    TEST_CASE("links stay links, wherever they lead") {
        Scene scene;
        scene.link("absolute", "/etc/passwd");
        scene.link("outside", "../../../../etc/passwd");
        scene.link("dangling", "no where");
        scene.copy();
        CHECK(scene.root.read_link("absolute") == "/etc/passwd");
        CHECK(scene.root.read_link("outside") == "../../../../etc/passwd");
        CHECK(scene.root.read_link("dangling") == "no where");
        CHECK(scene.root.status("dangling")->st_mtim.tv_sec == epoch);
    }

    TEST_CASE("hard links stay hard links") {
        Scene scene;
        scene.file("a/first", "x");
        scene.file("b/other", "x");
        base::make_directories(scene.source / "c");
        REQUIRE(
            ::link((scene.source / "a/first").c_str(), (scene.source / "c/second").c_str()) == 0);
        scene.copy();
        CHECK(scene.root.status("a/first")->st_ino == scene.root.status("c/second")->st_ino);
        CHECK(scene.root.status("a/first")->st_nlink == 2);
        CHECK(scene.root.status("b/other")->st_nlink == 1);
    }

    TEST_CASE("extended attributes come along") {
        Scene scene;
        scene.file("file", "x", 0444);
        scene.directory("dir", 0755);
        for (const char* const name : {"file", "dir"}) {
            REQUIRE(::setxattr((scene.source / name).c_str(), "user.note", "a\0b", 3, 0) == 0);
        }
        scene.copy();
        for (const char* const name : {"file", "dir"}) {
            CAPTURE(name);
            std::array<char, 16> value{};
            REQUIRE(
                ::getxattr(
                    (scene.target / name).c_str(), "user.note", value.data(), value.size()) == 3);
            CHECK(std::string(value.data(), 3) == std::string("a\0b", 3));
        }
    }

    TEST_CASE("access control lists that name the host's users are left out") {
        Scene scene;
        scene.file("file", "x", 0640);
        // linux/posix_acl_xattr.h: version 2; owner rw, user 0 r, group r, mask r, others none.
        const std::string named(
            "\2\0\0\0"
            "\1\0\6\0\xff\xff\xff\xff"
            "\2\0\4\0\0\0\0\0"
            "\4\0\4\0\xff\xff\xff\xff"
            "\x10\0\4\0\xff\xff\xff\xff"
            "\x20\0\0\0\xff\xff\xff\xff",
            44);
        REQUIRE(
            ::setxattr(
                (scene.source / "file").c_str(),
                "system.posix_acl_access",
                named.data(),
                named.size(),
                0) == 0);
        scene.copy();
        CHECK(
            ::getxattr((scene.target / "file").c_str(), "system.posix_acl_access", nullptr, 0) ==
            -1);
        CHECK(
            scene.reporter.warnings() ==
            std::vector<std::string>{
                (scene.source / "file") +
                ": its access control list is left out, since it names users or groups of this "
                "machine; a rule in /etc/tmpfiles.d sets one in the image"});
    }

    TEST_CASE("devices are made, or handed to the caller where that is not allowed") {
        Scene scene;
        scene.file("dev/null", "");
        const std::string place = scene.source / "dev/null";
        REQUIRE(::mount("/dev/null", place.c_str(), nullptr, MS_BIND, nullptr) == 0);
        const std::vector<tree::Entry> unmade =
            root::copy_tree(scene.source.path(), scene.root, {.mtime = epoch}, scene.context);
        REQUIRE(::umount2(place.c_str(), MNT_DETACH) == 0);
        const auto made = scene.root.status("dev/null");
        if (made) {
            CHECK(unmade.empty());
            CHECK(S_ISCHR(made->st_mode));
            CHECK(made->st_rdev == makedev(1, 3));
            return;
        }
        REQUIRE(unmade.size() == 1);
        CHECK(unmade[0].path == "dev/null");
        CHECK(unmade[0].type == tree::EntryType::char_device);
        CHECK(unmade[0].mode == 0666);
        CHECK(unmade[0].uid == 0);
        CHECK(unmade[0].major == 1);
        CHECK(unmade[0].minor == 3);
        CHECK(unmade[0].mtime == tree::Time{epoch, 0});
    }

    TEST_CASE("the links of a merged /usr stay") {
        Scene scene;
        scene.file("bin/tool", "b", 0755);
        scene.file("lib/modules/list", "m");
        scene.root.make_directories("usr/bin", {0755});
        scene.root.make_directories("usr/lib", {0755});
        scene.root.make_symlink("bin", "usr/bin");
        scene.root.make_symlink("lib", "/usr/lib");
        scene.copy();
        CHECK(scene.root.read_link("bin") == "usr/bin");
        CHECK(scene.root.read("usr/bin/tool") == "b");
        CHECK(scene.root.read_link("lib") == "/usr/lib");
        CHECK(scene.root.read("usr/lib/modules/list") == "m");
    }

    TEST_CASE("what stands there is replaced, never written through") {
        Scene scene;
        scene.file("file", "new");
        scene.file("over-link", "new");
        scene.link("link-over-file", "file");
        scene.file("directory-over-file/in", "new");
        scene.root.write("file", "old", {0600, 9, 9});
        scene.root.write("other-name", "x", {0644});
        scene.root.write("precious", "precious", {0600});
        scene.root.make_symlink("over-link", "precious");
        scene.file("over-empty", "new");
        scene.root.make_directory("over-empty", {0755});
        scene.root.write("link-over-file", "old", {0600});
        scene.root.write("directory-over-file", "old", {0600});
        scene.copy();
        CHECK(scene.root.read("file") == "new");
        CHECK(scene.mode("file") == 0644);
        CHECK(scene.root.status("file")->st_uid == 0);
        CHECK(S_ISREG(scene.root.status("over-link")->st_mode));
        CHECK(scene.root.read("precious") == "precious");
        CHECK(scene.root.read("over-empty") == "new");
        CHECK(scene.root.read_link("link-over-file") == "file");
        CHECK(scene.root.read("directory-over-file/in") == "new");
    }

    TEST_CASE("a directory with content stays") {
        for (const bool is_link : {false, true}) {
            CAPTURE(is_link);
            Scene scene;
            if (is_link) {
                scene.link("etc", "usr/etc");
            } else {
                scene.file("etc", "new");
            }
            scene.root.make_directories("usr/etc", {0755});
            scene.root.make_directory("etc", {0755});
            scene.root.write("etc/passwd", "root", {0644});
            try {
                scene.copy();
                FAIL("the directory was replaced");
            } catch (const base::Error& error) {
                CHECK(error.exit_code() == base::ExitCode::usage);
                CHECK(
                    std::string(error.what()) ==
                    "copying " + (scene.source / "etc") +
                        ": it would take the place of the directory /etc and all that is in it");
                CHECK(error.hint() == "leave it out of the tree, or make it a directory");
            }
            CHECK(scene.root.read("etc/passwd") == "root");
        }
    }

    TEST_CASE("a link to the directory in its place is left out") {
        Scene scene;
        scene.link("bin", "usr/bin");
        scene.root.make_directory("usr", {0755});
        scene.root.make_symlink("usr/bin", "../bin");
        scene.root.make_directory("bin", {0755});
        scene.root.write("bin/sh", "x", {0755});
        scene.copy();
        CHECK(scene.root.read("bin/sh") == "x");
        CHECK(S_ISDIR(scene.root.status("bin")->st_mode));
    }

    TEST_CASE("a link of the image never leads out of it") {
        const test::TemporaryDirectory outside;
        Scene scene;
        scene.file("data/file", "new");
        scene.root.make_symlink("data", outside.path());
        scene.copy();
        CHECK_FALSE(base::exists(outside / "file"));
        CHECK(scene.root.read("data/file") == "new");
    }

    TEST_CASE("into a directory of the image") {
        Scene scene;
        scene.file("a", "x");
        scene.copy({.target = "/opt/deep"});
        CHECK(scene.root.read("opt/deep/a") == "x");
    }
}
