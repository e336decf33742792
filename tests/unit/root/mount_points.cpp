// SPDX-License-Identifier: Apache-2.0
#include "root/mount_points.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using imgbuild::root::MountPoints;
using imgbuild::root::Root;
using imgbuild::test::TemporaryDirectory;
using Names = std::vector<std::string>;

namespace {

struct Fixture {
    TemporaryDirectory directory;
    Root root = Root::open(directory.path());

    void link(const std::string& path, const std::string& target) const {
        root.make_symlink(path, target, ::getuid(), ::getgid());
    }

    void make(const std::string& path) const {
        root.make_directories(path, {0755, ::getuid(), ::getgid()});
    }
};

} // namespace

TEST_SUITE("MountPoints") {
    TEST_CASE_FIXTURE(Fixture, "makes what is missing and removes exactly that") {
        make("usr");
        root.set_mtime("usr", {1000, 5});
        {
            MountPoints points(root);
            CHECK(points.add("/usr/share/secrets/key", false) == "/usr/share/secrets/key");
            CHECK(points.add("usr", true) == "/usr");
            CHECK(S_ISREG(root.status("usr/share/secrets/key")->st_mode));
        }
        CHECK(root.list("usr").empty());
        CHECK(root.status("usr")->st_mtim.tv_sec == 1000);
        CHECK(root.status("usr")->st_mtim.tv_nsec == 5);
    }

    TEST_CASE_FIXTURE(Fixture, "leaves what a command made of it") {
        {
            MountPoints points(root);
            points.add("data", true);
            points.add("file", false);
            root.write("data/kept", "x", {0644, ::getuid(), ::getgid()});
            root.write("file", "x", {0644, ::getuid(), ::getgid()});
        }
        CHECK(root.read("data/kept") == "x");
        CHECK(root.read("file") == "x");
    }

    TEST_CASE_FIXTURE(Fixture, "links are followed inside the root, dangling ones too") {
        make("etc");
        make("run");
        link("etc/resolv.conf", "../run/stub/resolv.conf");
        link("outside", "../../../../etc");
        link("absolute", "/etc/sub");
        {
            MountPoints points(root);
            CHECK(points.add("etc/resolv.conf", false) == "/run/stub/resolv.conf");
            CHECK(points.add("outside/x", false) == "/etc/x");
            CHECK(points.add("absolute", true) == "/etc/sub");
        }
        CHECK(root.list("run").empty());
        CHECK(root.list("etc") == Names{"resolv.conf"});
    }

    TEST_CASE_FIXTURE(Fixture, "links in a circle are an error, and nothing stays") {
        link("one", "two");
        link("two", "one");
        {
            MountPoints points(root);
            CHECK_THROWS_AS(points.add("new/../one", true), imgbuild::base::SystemError);
        }
        CHECK(root.list("/") == Names{"one", "two"});
    }
}
