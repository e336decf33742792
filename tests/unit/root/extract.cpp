// SPDX-License-Identifier: Apache-2.0
#include "root/extract.hpp"

#include "base/cancel.hpp"
#include "extract_scene.hpp"

#include <sys/xattr.h>

#include <thread>

using namespace imgbuild;
using test::ExtractScene;
using test::own;
using test::Tar;
using tree::EntryType;
using tree::Time;

namespace {

bool is_root() {
    return ::geteuid() == 0;
}

} // namespace

TEST_SUITE("extract") {
    TEST_CASE("types, modes, times and content come out as the archive says") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "./", .type = '5', .mode = 0711, .mtime = 11}))
            .add(own({.name = "./d/", .type = '5', .mode = 01770, .mtime = 12}))
            .add(own({.name = "./d/f", .mode = 0640, .content = "hello", .mtime = 13}))
            .add(own({.name = "./d/set", .mode = 06755, .content = "x", .mtime = 14}))
            .add(own({.name = "./d/empty", .mode = 0600, .mtime = 15}))
            .add(own({.name = "./l", .type = '2', .mode = 0777, .link = "d/f", .mtime = 16}))
            .add(own({.name = "./d/hard", .type = '1', .link = "./d/f"}))
            .add(own({.name = "./fifo", .type = '6', .mode = 0622, .mtime = 17}));
        const root::ExtractResult result = scene.unpack(tar);
        CHECK(result.entries == 8);
        CHECK(result.bytes == 6);
        CHECK(result.unmade_devices.empty());

        CHECK(scene.at("").mode == 0711);
        CHECK(scene.at("").mtime == Time{11, 0});
        CHECK(scene.at("d").type == EntryType::directory);
        CHECK(scene.at("d").mode == 01770);
        CHECK(scene.at("d").mtime == Time{12, 0});
        CHECK(scene.at("d/f").mode == 0640);
        CHECK(scene.at("d/f").mtime == Time{13, 0});
        CHECK(scene.read("d/f") == "hello");
        CHECK(scene.at("d/set").mode == 06755);
        CHECK(scene.at("d/empty").size == 0);
        CHECK(scene.at("d/empty").mode == 0600);
        CHECK(scene.at("l").link_target == "d/f");
        CHECK(scene.at("l").mtime == Time{16, 0});
        CHECK(scene.at("d/hard").link_group == 1);
        CHECK(scene.at("d/f").link_group == 1);
        CHECK(scene.at("fifo").type == EntryType::fifo);
        CHECK(scene.at("fifo").mode == 0622);
        CHECK(scene.reporter.messages.empty());
    }

    TEST_CASE("times are exact, and a directory's is the archive's in spite of what came into it") {
        ExtractScene scene;
        Tar tar;
        tar.add(
               own({.name = "d", .type = '5', .mode = 0755, .records = {{"mtime", "5.000000007"}}}))
            .add(own({.name = "d/e", .type = '5', .mode = 0755, .records = {{"mtime", "6.5"}}}))
            .add(own({.name = "d/e/f", .records = {{"mtime", "1700000000.123456789"}}}))
            .add(own({.name = "d/l", .type = '2', .link = "x", .records = {{"mtime", "-1.25"}}}));
        scene.unpack(tar);
        CHECK(scene.at("d").mtime == Time{5, 7});
        CHECK(scene.at("d/e").mtime == Time{6, 500000000});
        CHECK(scene.at("d/e/f").mtime == Time{1700000000, 123456789});
    }

    TEST_CASE("directories that the archive closes are filled all the same") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "d", .type = '5', .mode = 0}))
            .add(own({.name = "d/e", .type = '5', .mode = 0111}))
            .add(own({.name = "d/e/f", .mode = 0, .content = "x"}));
        scene.unpack(tar);
        struct stat status = {};
        REQUIRE(::stat((scene.directory / "image/d").c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0);
        REQUIRE(::chmod((scene.directory / "image/d").c_str(), 0700) == 0);
        REQUIRE(::stat((scene.directory / "image/d/e").c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0111);
        REQUIRE(::stat((scene.directory / "image/d/e/f").c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0);
        CHECK(status.st_size == 1);
    }

    TEST_CASE("names may hold any byte and missing parents are made") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "a/new\nline/\xff\xfe", .content = "x"}));
        const mode_t mask = ::umask(077);
        scene.unpack(tar);
        ::umask(mask);
        CHECK(scene.read("a/new\nline/\xff\xfe") == "x");
        CHECK(scene.at("a/new\nline").mode == 0755);
        CHECK(scene.at("a/new\nline/\xff\xfe").mode == 0644);
    }

    TEST_CASE("holes stay holes") {
        ExtractScene scene;
        // GNU.sparse 1.0: the map stands before the data.
        std::string data = "1\n1048576\n4\n";
        data.resize(512, '\0');
        data += "data";
        Tar tar;
        tar.add(own(
            {.name = "GNUSparseFile.0/sparse",
             .content = data,
             .records = {
                 {"GNU.sparse.major", "1"},
                 {"GNU.sparse.minor", "0"},
                 {"GNU.sparse.name", "sparse"},
                 {"GNU.sparse.realsize", "4194304"}}}));
        const root::ExtractResult result = scene.unpack(tar);
        CHECK(result.bytes == 4194304);
        std::string expected(4194304, '\0');
        expected.replace(1048576, 4, "data");
        CHECK(scene.read("sparse") == expected);
        struct stat status = {};
        REQUIRE(::stat((scene.directory / "image/sparse").c_str(), &status) == 0);
        CHECK(status.st_blocks * 512 < 1048576);
    }

    TEST_CASE("a later entry replaces an earlier one, whatever its type") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "f", .content = "one", .mtime = 1}))
            .add(own({.name = "f", .content = "two2", .mtime = 2}))
            .add(own({.name = "d", .type = '5', .mode = 0755, .mtime = 3}))
            .add(own({.name = "d/e", .type = '5'}))
            .add(own({.name = "d/e/g", .content = "gone"}))
            .add(own({.name = "d", .content = "file now", .mtime = 4}))
            .add(own({.name = "x", .content = "x"}))
            .add(own({.name = "x", .type = '5', .mode = 0750, .mtime = 5}))
            .add(own({.name = "x/y", .content = "y"}))
            .add(own({.name = "l", .type = '2', .link = "f"}))
            .add(own({.name = "l", .content = "no link"}));
        scene.unpack(tar);
        CHECK(scene.read("f") == "two2");
        CHECK(scene.at("f").mtime == Time{2, 0});
        CHECK(scene.read("d") == "file now");
        CHECK(scene.at("d").mtime == Time{4, 0});
        CHECK(scene.at("x").mode == 0750);
        CHECK(scene.at("x").mtime == Time{5, 0});
        CHECK(scene.read("x/y") == "y");
        CHECK(scene.at("l").type == EntryType::regular);
    }

    TEST_CASE("what stood in the root before is replaced, not written through") {
        ExtractScene scene;
        scene.make_directory("d/keep");
        scene.make_file("other", "other");
        REQUIRE(
            ::link(
                (scene.directory / "image/other").c_str(), (scene.directory / "image/f").c_str()) ==
            0);
        scene.make_link("other", "l");
        Tar tar;
        tar.add(own({.name = "d", .type = '5', .mode = 0701}))
            .add(own({.name = "f", .content = "new"}))
            .add(own({.name = "l", .content = "new"}));
        scene.unpack(tar);
        CHECK(scene.read("other") == "other");
        CHECK(scene.read("f") == "new");
        CHECK(scene.at("l").type == EntryType::regular);
        CHECK(scene.has("d/keep"));
        CHECK(scene.at("d").mode == 0701);
    }

    TEST_CASE("directories with content can be kept") {
        ExtractScene scene;
        scene.make_directory("etc/deep");
        scene.make_file("etc/passwd", "root");
        scene.make_directory("empty");
        scene.make_directory("other");
        const root::ExtractOptions options{.keep_directories = true};
        const std::string error = "a.tar: ./etc: it would take the place of the directory /etc and "
                                  "all that is in it";
        Tar file;
        file.add(own({.name = "./etc", .content = "x"}));
        CHECK(scene.refusal(file, options) == error);
        Tar link;
        link.add(own({.name = "./etc", .type = '2', .link = "other"}));
        CHECK(scene.refusal(link, options) == error);
        Tar hard;
        hard.add(own({.name = "f", .content = "x"}))
            .add(own({.name = "./etc", .type = '1', .link = "f"}));
        CHECK(scene.refusal(hard, options) == error);
        CHECK(scene.read("etc/passwd") == "root");

        Tar good;
        good.add(own({.name = "empty", .content = "x"}));
        good.add(own({.name = "way", .type = '2', .link = "etc"}));
        good.add(own({.name = "etc", .type = '2', .link = "way"}));
        good.add(own({.name = "etc/new", .content = "y"}));
        CHECK(scene.unpack(good, options).entries == 3);
        CHECK(scene.read("empty") == "x");
        CHECK(scene.read("etc/passwd") == "root");
        CHECK(scene.read("etc/new") == "y");
    }

    TEST_CASE("unpacking twice gives the same tree") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "d", .type = '5', .mode = 0755, .mtime = 1}))
            .add(own({.name = "d/f", .content = "x", .mtime = 2}))
            .add(own({.name = "d/g", .type = '1', .link = "d/f"}))
            .add(own({.name = "d/l", .type = '2', .link = "f", .mtime = 3}))
            .add(own({.name = "./", .type = '5', .mode = 0755, .mtime = 4}));
        scene.unpack(tar);
        const tree::Inventory first = scene.scan();
        scene.unpack(tar);
        CHECK(tree::describe_differences(first, scene.scan()).empty());
    }

    TEST_CASE("a directory entry keeps a link to a directory, and its content lands behind it") {
        ExtractScene scene;
        scene.make_directory("usr/bin");
        scene.make_link("usr/bin", "bin");
        scene.make_link("/usr/bin", "absolute");
        scene.make_link("nowhere", "dangling");
        scene.make_file("file", "x");
        scene.make_link("file", "to-file");
        const std::uint32_t mode = scene.at("usr/bin").mode;
        Tar tar;
        tar.add(own({.name = "./bin/", .type = '5', .mode = 0700}))
            .add(own({.name = "./bin/ls", .content = "ls"}))
            .add(own({.name = "./absolute/", .type = '5', .mode = 0700}))
            .add(own({.name = "./absolute/cat", .content = "cat"}))
            .add(own({.name = "./dangling/", .type = '5'}))
            .add(own({.name = "./to-file/", .type = '5'}));
        scene.unpack(tar);
        CHECK(scene.at("bin").link_target == "usr/bin");
        CHECK(scene.at("absolute").link_target == "/usr/bin");
        CHECK(scene.read("usr/bin/ls") == "ls");
        CHECK(scene.read("usr/bin/cat") == "cat");
        CHECK(scene.at("usr/bin").mode == mode);
        CHECK(scene.at("dangling").type == EntryType::directory);
        CHECK(scene.at("to-file").type == EntryType::directory);
        CHECK_FALSE(scene.has("nowhere"));
        CHECK(scene.read("file") == "x");
    }

    TEST_CASE(
        "parents through links of the root land inside it, also where the target is missing") {
        ExtractScene scene;
        scene.make_directory("var");
        scene.make_link("/run", "var/run");
        scene.make_link("../run/lock", "var/lock");
        Tar tar;
        tar.add(own({.name = "var/run/a", .content = "a"}))
            .add(own({.name = "var/lock/b", .content = "b"}))
            .add(own({.name = "c", .type = '1', .link = "var/lock/b"}));
        scene.unpack(tar);
        CHECK(scene.read("run/a") == "a");
        CHECK(scene.read("run/lock/b") == "b");
        CHECK(scene.at("c").link_group == 1);
        CHECK(scene.at("var/run").type == EntryType::symlink);
    }

    TEST_CASE("an archive can be unpacked below a directory, which is made") {
        ExtractScene scene;
        scene.make_link("usr/local", "local");
        Tar tar;
        tar.add(own({.name = "./", .type = '5', .mode = 0750, .mtime = 9}))
            .add(own({.name = "f", .content = "x"}))
            .add(own({.name = "g", .type = '1', .link = "f"}));
        scene.unpack(tar, {.target = "/local/share/data/"});
        CHECK(scene.read("usr/local/share/data/f") == "x");
        CHECK(scene.at("usr/local/share/data/g").link_group == 1);
        CHECK(scene.at("usr/local/share/data").mode == 0750);
        CHECK(scene.at("usr/local/share/data").mtime == Time{9, 0});
        CHECK(scene.at("usr/local/share").mode == 0755);
        scene.unpack(Tar().add(own({.name = "h"})), {.target = "local"});
        CHECK(scene.has("usr/local/h"));
    }

    TEST_CASE("entries are left out by their place in the root") {
        ExtractScene scene;
        scene.make_directory("usr/share");
        scene.make_link("usr/share", "share");
        Tar tar;
        tar.add(own({.name = "share/doc/", .type = '5'}))
            .add(own({.name = "share/doc/x", .content = std::string(5000, 'x')}))
            .add(own({.name = "share/f", .content = "f"}));
        std::vector<std::string> asked;
        const root::ExtractResult result =
            scene.unpack(tar, {.skip = [&](std::string_view path) {
                             asked.emplace_back(path);
                             return path == "usr/share/doc" || path.starts_with("usr/share/doc/");
                         }});
        CHECK(asked == std::vector<std::string>{"usr/share/doc", "usr/share/doc/x", "usr/share/f"});
        CHECK(result.entries == 1);
        CHECK(result.bytes == 1);
        CHECK_FALSE(scene.has("usr/share/doc"));
        CHECK(scene.read("usr/share/f") == "f");
    }

    TEST_CASE("cpio keeps the content with the last name of a file") {
        ExtractScene scene;
        const auto member = [](const std::string& name, const std::string& content, int links) {
            char header[111];
            std::snprintf(
                header,
                sizeof header,
                "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                7U,
                0100751U,
                ::geteuid(),
                ::getegid(),
                static_cast<unsigned>(links),
                1000U,
                static_cast<unsigned>(content.size()),
                8U,
                1U,
                0U,
                0U,
                static_cast<unsigned>(name.size() + 1),
                0U);
            const auto pad = [](std::string text) {
                text.resize((text.size() + 3) / 4 * 4, '\0');
                return text;
            };
            return pad(header + name + '\0') + pad(content);
        };
        scene.unpack(member("a", "", 2) + member("b", "content", 2) + member("TRAILER!!!", "", 1));
        CHECK(scene.read("a") == "content");
        CHECK(scene.read("b") == "content");
        CHECK(scene.at("a").link_group == 1);
        CHECK(scene.at("a").mode == 0751);
        CHECK(scene.at("a").mtime == Time{1000, 0});
    }

    TEST_CASE("progress counts the bytes that are written") {
        ExtractScene scene;
        base::Activity activity(scene.reporter, {});
        Tar tar;
        tar.add(own({.name = "a", .content = std::string(1000, 'x')}))
            .add(own({.name = "b", .content = "y"}));
        scene.unpack(tar, {.progress = &activity});
        CHECK(scene.reporter.advanced_to == 1001);
    }

    TEST_CASE("a request to stop ends the extraction") {
        ExtractScene scene;
        scene.stop.request_stop();
        CHECK_THROWS_AS(scene.unpack(Tar().add(own({.name = "a"}))), base::Interrupted);
        CHECK_FALSE(base::exists(scene.directory / "image/a"));
    }

    TEST_CASE("archives that share directories can be unpacked at the same time") {
        ExtractScene scene;
        std::vector<Tar> archives(4);
        for (int i = 0; i < 4; ++i) {
            for (int d = 0; d < 40; ++d) {
                const std::string directory = "d" + std::to_string(d);
                archives[static_cast<std::size_t>(i)]
                    .add(own({.name = directory, .type = '5', .mode = 0755, .mtime = 77}))
                    .add(own({.name = directory + "/f" + std::to_string(i), .content = "x"}));
            }
        }
        std::vector<std::thread> threads;
        std::atomic<int> failures = 0;
        for (const Tar& tar : archives) {
            threads.emplace_back([&] {
                try {
                    scene.unpack(tar);
                } catch (const base::Error&) {
                    ++failures;
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        CHECK(failures == 0);
        CHECK(scene.scan().entries().size() == 1 + 40 * 5);
        CHECK(scene.at("d39").mode == 0755);
    }

    TEST_CASE("extended attributes are kept, but not the host's labels and the overlay's own") {
        ExtractScene scene;
        if (::setxattr((scene.directory / "image").c_str(), "user.test", "", 0, 0) != 0) {
            MESSAGE("the file system of TMPDIR keeps no extended attributes of users");
            return;
        }
        const std::map<std::string, std::string> records = {
            {"SCHILY.xattr.user.a", std::string("v\0v", 3)},
            {"SCHILY.xattr.user.overlay.opaque", "y"},
            {"SCHILY.xattr.trusted.overlay.opaque", "y"},
            {"SCHILY.xattr.security.selinux", "label"}};
        Tar tar;
        tar.add(own({.name = "f", .mode = 0400, .content = "x", .records = records}))
            .add(own({.name = "d", .type = '5', .mode = 0500, .records = records}));
        scene.unpack(tar);
        for (const char* const name : {"f", "d"}) {
            const std::string path = scene.directory / (std::string("image/") + name);
            char names[256];
            const ssize_t length = ::listxattr(path.c_str(), names, sizeof names);
            CHECK(
                std::string(names, static_cast<std::size_t>(std::max<ssize_t>(0, length))) ==
                std::string("user.a\0", 7));
            char value[16];
            REQUIRE(::getxattr(path.c_str(), "user.a", value, sizeof value) == 3);
            CHECK(std::string(value, 3) == std::string("v\0v", 3));
        }
        CHECK(scene.reporter.messages.empty());
    }

    TEST_CASE("an attribute that can't be kept is a warning, once") {
        ExtractScene scene;
        // No file system takes users' attributes on links.
        const std::map<std::string, std::string> records = {{"SCHILY.xattr.user.a", "v"}};
        Tar tar;
        tar.add(own({.name = "l", .type = '2', .link = "x", .records = records}))
            .add(own({.name = "m", .type = '2', .link = "x", .records = records}));
        scene.unpack(tar);
        CHECK(
            scene.reporter.messages ==
            std::vector<std::string>{"a.tar: l: setting the extended attribute user.a: Operation "
                                     "not permitted; it is left out"});
    }

    TEST_CASE(
        "as root: owners, setuid after chown, capabilities, devices" * doctest::skip(!is_root())) {
        ExtractScene scene;
        const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
        Tar tar;
        tar.add({.name = "d", .type = '5', .mode = 02775, .uid = 1, .gid = 2})
            .add({.name = "d/su", .mode = 06755, .content = "x", .uid = 3, .gid = 4})
            .add(
                {.name = "ping",
                 .mode = 0755,
                 .content = "x",
                 .uid = 5,
                 .gid = 6,
                 .records = {{"SCHILY.xattr.security.capability", capability}}})
            .add({.name = "l", .type = '2', .link = "x", .uid = 7, .gid = 8})
            .add({.name = "big", .records = {{"uid", "4000000000"}, {"gid", "3000000000"}}})
            .add({.name = "null", .type = '3', .mode = 0666, .gid = 9, .major = 1, .minor = 3})
            .add({.name = "disk", .type = '4', .mode = 0660, .major = 8, .minor = 300});
        const root::ExtractResult result = scene.unpack(tar);
        CHECK(result.unmade_devices.empty());
        CHECK(scene.at("d").mode == 02775);
        CHECK(scene.at("d").uid == 1);
        CHECK(scene.at("d").gid == 2);
        CHECK(scene.at("d/su").mode == 06755);
        CHECK(scene.at("d/su").uid == 3);
        CHECK(scene.at("d/su").gid == 4);
        CHECK(
            scene.at("ping").xattrs ==
            std::vector<std::pair<std::string, std::string>>{{"security.capability", capability}});
        CHECK(scene.at("ping").uid == 5);
        CHECK(scene.at("l").uid == 7);
        CHECK(scene.at("l").gid == 8);
        CHECK(scene.at("big").uid == 4000000000U);
        CHECK(scene.at("big").gid == 3000000000U);
        CHECK(scene.at("null").type == EntryType::char_device);
        CHECK(scene.at("null").mode == 0666);
        CHECK(scene.at("null").gid == 9);
        CHECK(scene.at("null").minor == 3);
        CHECK(scene.at("disk").type == EntryType::block_device);
        CHECK(scene.at("disk").minor == 300);
    }

    TEST_CASE("as a user: devices are handed to the caller" * doctest::skip(is_root())) {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "dev/", .type = '5', .mode = 0755}))
            .add(own({.name = "dev/null", .content = "in the way"}))
            .add(own(
                {.name = "dev/null",
                 .type = '3',
                 .mode = 0666,
                 .mtime = 5,
                 .major = 1,
                 .minor = 3}))
            .add(own({.name = "dev/again", .type = '1', .link = "dev/null"}))
            .add(own({.name = "dev/gone", .type = '3', .major = 1, .minor = 5}))
            .add(own({.name = "dev/gone", .content = "file"}));
        const root::ExtractResult result = scene.unpack(tar);
        REQUIRE(result.unmade_devices.size() == 2);
        CHECK(result.unmade_devices[0].path == "dev/null");
        CHECK(result.unmade_devices[0].type == EntryType::char_device);
        CHECK(result.unmade_devices[0].mode == 0666);
        CHECK(result.unmade_devices[0].mtime == Time{5, 0});
        CHECK(result.unmade_devices[1].path == "dev/again");
        CHECK(result.unmade_devices[1].minor == 3);
        CHECK_FALSE(scene.has("dev/null"));
        CHECK(scene.read("dev/gone") == "file");
    }
}
