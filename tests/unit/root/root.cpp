// SPDX-License-Identifier: Apache-2.0
#include "root/root.hpp"

#include "base/error.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using imgbuild::root::Attributes;
using imgbuild::root::Root;
using imgbuild::test::TemporaryDirectory;

namespace {

/// Files may only be given to others by root, so tests as a user keep their own id.
Attributes own(std::uint32_t mode) {
    return {mode, ::getuid(), ::getgid()};
}

} // namespace

TEST_SUITE("Root") {
    TEST_CASE("writes a file with its exact mode, whatever the umask and the file before") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        const mode_t old_mask = ::umask(077);
        root.write("etc", "x", own(0600));
        root.write("etc", "two", own(04755));
        ::umask(old_mask);
        CHECK(root.read("/etc") == "two");
        CHECK((root.status("etc")->st_mode & 07777) == 04755);
        CHECK(root.list("/") == std::vector<std::string>{"etc"});
    }

    TEST_CASE("writing replaces one name of a hard link, not the content of the others") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.write("a", "old", own(0644));
        REQUIRE(::link((directory / "a").c_str(), (directory / "b").c_str()) == 0);
        root.write("a", "new", own(0644));
        CHECK(root.read("a") == "new");
        CHECK(root.read("b") == "old");
    }

    TEST_CASE("writing replaces a link instead of writing through it") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.write("target", "kept", own(0644));
        root.make_symlink("link", "target", ::getuid(), ::getgid());
        root.write("link", "new", own(0644));
        CHECK(root.read("target") == "kept");
        CHECK(S_ISREG(root.status("link")->st_mode));
    }

    TEST_CASE("a directory is not replaced by a file, and no temporary file stays") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.make_directory("etc", own(0755));
        CHECK_THROWS_AS(root.write("etc", "x", own(0644)), imgbuild::base::SystemError);
        CHECK(root.list("/") == std::vector<std::string>{"etc"});
    }

    TEST_CASE("rewrite keeps the mode of a file and uses the given one for a new file") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.write("shadow", "a", own(0640));
        root.rewrite("shadow", "b", own(0644));
        root.rewrite("fresh", "c", own(0604));
        CHECK((root.status("shadow")->st_mode & 07777) == 0640);
        CHECK((root.status("fresh")->st_mode & 07777) == 0604);
        CHECK(root.read("shadow") == "b");
    }

    TEST_CASE("make_directories makes what is missing and leaves the rest alone") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.make_directory("usr", own(0700));
        root.make_directories("/usr//share/./doc/", own(02755));
        CHECK((root.status("usr")->st_mode & 07777) == 0700);
        CHECK((root.status("usr/share")->st_mode & 07777) == 02755);
        CHECK((root.status("usr/share/doc")->st_mode & 07777) == 02755);
        root.make_symlink("lib", "usr/lib", ::getuid(), ::getgid());
        root.make_directory("usr/lib", own(0755));
        root.make_directories("lib/x", own(0755));
        CHECK(S_ISLNK(root.status("lib")->st_mode));
        CHECK(S_ISDIR(root.status("usr/lib/x")->st_mode));
    }

    TEST_CASE("a file in the way of a directory is an error that names it") {
        const TemporaryDirectory directory;
        const Root root(
            Root::open(directory.path()).open_file("", O_RDONLY | O_DIRECTORY), "the image");
        root.write("usr", "", own(0644));
        CHECK_THROWS_WITH(
            root.make_directory("/usr", own(0755)),
            "making the directory /usr in the image: Not a directory");
        CHECK_THROWS_WITH(
            root.read("usr/share"), "opening /usr/share in the image: Not a directory");
        CHECK_THROWS_WITH(
            root.read("none"), "opening /none in the image: No such file or directory");
    }

    TEST_CASE("what is missing is told apart from what can't be read") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.write("file", "x", own(0644));
        CHECK_FALSE(root.status("none").has_value());
        CHECK_FALSE(root.status("none/deeper").has_value());
        CHECK_FALSE(root.status("file/deeper").has_value());
        CHECK_FALSE(root.target_status("none").has_value());
        CHECK_FALSE(root.try_read("file/deeper").has_value());
        CHECK_FALSE(root.try_open("none", O_RDONLY));
        root.make_symlink("loop", "loop", ::getuid(), ::getgid());
        CHECK_THROWS_AS(root.try_read("loop"), imgbuild::base::SystemError);
        CHECK(root.exists("loop"));
    }

    TEST_CASE("places: the root itself, trailing slashes, dots") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.make_directories("a/b", own(0755));
        CHECK(root.place_of("").name == ".");
        CHECK(root.place_of("/").name == ".");
        CHECK(root.place_of("/./").name == ".");
        CHECK(root.place_of("a/b/.//").name == "b");
        CHECK(root.place_of("a/c..").name == "c..");
        CHECK_THROWS_AS(root.place_of("a/.."), imgbuild::base::Error);
        CHECK_THROWS_AS(root.place_of(".."), imgbuild::base::Error);
        CHECK_THROWS_AS(root.place_of("none/x"), imgbuild::base::SystemError);
        CHECK(S_ISDIR(root.status("/")->st_mode));
        CHECK(root.status("a/b/..")->st_ino == root.status("a")->st_ino);
        CHECK_THROWS_AS(root.read(std::string_view("a\0b", 3)), imgbuild::base::Error);
    }

    TEST_CASE("removes trees, not what links point to, and never the root itself") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.make_directories("a/b/c", own(0755));
        root.write("a/b/c/file", "", own(0644));
        root.write("kept", "x", own(0644));
        root.make_symlink("a/link", "../kept", ::getuid(), ::getgid());
        root.remove("a");
        root.remove("a");
        root.remove("a/b/c");
        CHECK(root.list("") == std::vector<std::string>{"kept"});
        CHECK_THROWS_AS(root.remove("/"), imgbuild::base::Error);
    }

    TEST_CASE("sets mode and time of the entry itself") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        root.write("file", "", own(0644));
        root.make_symlink("link", "file", ::getuid(), ::getgid());
        root.set_mode("file", 02751);
        root.set_mtime("link", {1000, 7});
        CHECK((root.status("file")->st_mode & 07777) == 02751);
        CHECK(root.status("link")->st_mtim.tv_sec == 1000);
        CHECK(root.status("link")->st_mtim.tv_nsec == 7);
        CHECK(root.status("file")->st_mtim.tv_sec != 1000);
        CHECK_THROWS_AS(root.set_mode("link", 0600), imgbuild::base::SystemError);
        CHECK(root.read_link("link") == "file");
    }

    TEST_CASE("reads links of any length") {
        const TemporaryDirectory directory;
        const Root root = Root::open(directory.path());
        const std::string target(1000, 'x');
        root.make_symlink("link", target, ::getuid(), ::getgid());
        CHECK(root.read_link("link") == target);
    }
}
