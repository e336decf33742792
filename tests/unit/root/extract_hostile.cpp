// SPDX-License-Identifier: Apache-2.0
// Archives made by somebody who wants to leave the root, or to fill the disk.
#include "extract_scene.hpp"

#include <random>

using namespace imgbuild;
using test::ExtractScene;
using test::own;
using test::Tar;

TEST_SUITE("extract against hostile archives") {
    TEST_CASE("names that lead out are refused") {
        ExtractScene scene;
        const auto refusal = [&](const std::string& name) {
            return scene.refusal(Tar().add(own({.name = name, .content = "x"})));
        };
        CHECK(refusal("../x") == "a.tar: ../x: its name leads out of the root");
        CHECK(refusal("../outside/x") == "a.tar: ../outside/x: its name leads out of the root");
        CHECK(
            refusal("d/../../outside/x") ==
            "a.tar: d/../../outside/x: its name leads out of the root");
        CHECK(refusal("d/..") == "a.tar: d/..: its name leads out of the root");
        CHECK(refusal("/abs") == "a.tar: /abs: its name is absolute");
        CHECK(refusal("//etc/x\n") == "a.tar: //etc/x\\x0a: its name is absolute");
        CHECK(refusal(scene.directory / "outside/x").ends_with("outside/x: its name is absolute"));
        CHECK(scene.scan().entries().size() == 1);
    }

    TEST_CASE("they can be clamped to the root instead") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "../../a", .content = "a"}))
            .add(own({.name = "/b", .content = "b"}))
            .add(own({.name = "x/../../outside/secret", .content = "c"}))
            .add(own({.name = "out", .type = '2', .link = "../outside"}))
            .add(own({.name = "out/secret", .content = "d"}))
            .add(own({.name = "abs", .type = '2', .link = scene.directory / "outside"}))
            .add(own({.name = "abs/secret", .content = "e"}))
            .add(own({.name = "h", .type = '1', .link = "../../outside/secret"}));
        CHECK(scene.refusal(tar, {.refuse_escapes = false}) == "no error");
        CHECK(scene.read("a") == "a");
        CHECK(scene.read("b") == "b");
        CHECK(scene.read("outside/secret") == "d");
        CHECK(
            base::read_file(scene.directory / "image" + (scene.directory / "outside/secret")) ==
            "e");
        CHECK(scene.at("h").link_group == 1);
    }

    TEST_CASE("a link out of the root and a file under it") {
        ExtractScene scene;
        const auto refusal = [&](const std::string& target,
                                 const std::string& name = "out/secret") {
            Tar tar;
            tar.add(own({.name = "out", .type = '2', .link = target}));
            tar.add(own({.name = name, .content = "x"}));
            return scene.refusal(tar);
        };
        CHECK(
            refusal("../outside") == "a.tar: out/secret: it lies below the link out -> ../outside, "
                                     "which leads out of the root");
        CHECK(
            refusal("/etc") ==
            "a.tar: out/secret: it lies below the link out -> /etc, which leads out of the root");
        CHECK(
            refusal("d/../../outside", "./out//x") ==
            "a.tar: ./out//x: it lies below the link out -> d/../../outside, which leads out of "
            "the root");
        CHECK(
            refusal(scene.directory / "outside") ==
            "a.tar: out/secret: it lies below the link out -> " + (scene.directory / "outside") +
                ", which leads out of the root");
        CHECK_FALSE(scene.has("etc"));
    }

    TEST_CASE("a link to a link out of the root") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "a", .type = '5', .mode = 0755}))
            .add(own({.name = "a/b", .type = '2', .link = "../../outside"}))
            .add(own({.name = "c", .type = '2', .link = "a/b"}))
            .add(own({.name = "c/secret", .content = "x"}));
        CHECK(
            scene.refusal(tar) == "a.tar: c/secret: it lies below the link a/b -> ../../outside, "
                                  "which leads out of the root");
    }

    TEST_CASE("a link of the root that climbs out of it is refused too") {
        ExtractScene scene;
        scene.make_link("../../../outside", "out");
        CHECK(
            scene.refusal(Tar().add(own({.name = "out/secret", .content = "x"}))) ==
            "a.tar: out/secret: it lies below the link out -> ../../../outside, which leads out of "
            "the root");
    }

    TEST_CASE("a directory over a link out does not make the link harmless") {
        ExtractScene scene;
        scene.make_directory("etc");
        Tar tar;
        tar.add(own({.name = "out", .type = '2', .link = "/etc"}))
            .add(own({.name = "out/", .type = '5', .mode = 0777}))
            .add(own({.name = "out/x", .content = "x"}));
        CHECK(
            scene.refusal(tar) ==
            "a.tar: out/x: it lies below the link out -> /etc, which leads out of the root");
    }

    TEST_CASE("a link that was replaced by a directory is forgotten") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "out", .type = '2', .link = "/etc"}))
            .add(own({.name = "out", .content = "x"}))
            .add(own({.name = "out", .type = '5', .mode = 0755}))
            .add(own({.name = "out/x", .content = "x"}));
        CHECK(scene.refusal(tar) == "no error");
        CHECK(scene.read("out/x") == "x");
    }

    TEST_CASE("loops of links and files where directories should be") {
        ExtractScene scene;
        Tar loop;
        loop.add(own({.name = "a", .type = '2', .link = "b"}))
            .add(own({.name = "b", .type = '2', .link = "a"}))
            .add(own({.name = "a/x"}));
        CHECK(scene.refusal(loop) == "a.tar: a/x: a is not a directory");
        CHECK(
            scene.refusal(
                Tar().add(own({.name = "f", .content = "x"})).add(own({.name = "f/g/h"}))) ==
            "a.tar: f/g/h: f is not a directory");
        CHECK(
            scene.refusal(Tar().add(own({.name = "x"})), {.target = "f/deep"}) ==
            "a.tar: f/deep: f is not a directory");
    }

    TEST_CASE("hard links to outside, to nothing and to themselves") {
        ExtractScene scene;
        const auto refusal = [&](const std::string& target) {
            return scene.refusal(Tar().add(own({.name = "h", .type = '1', .link = target})));
        };
        CHECK(
            refusal("../outside/secret") ==
            "a.tar: h: it is a hard link, whose target ../outside/secret leads out of the root");
        CHECK(
            refusal("/etc/passwd") ==
            "a.tar: h: it is a hard link, whose target /etc/passwd is absolute");
        CHECK(refusal("missing") == "a.tar: h: it is a hard link to missing, which is not there");
        CHECK(refusal("no/such") == "a.tar: h: it is a hard link to no/such, which is not there");
        CHECK(refusal("h") == "a.tar: h: it is a hard link to h, which is not there");
        scene.make_directory("d");
        CHECK(refusal("d") == "a.tar: h: making the hard link: Operation not permitted");
    }

    TEST_CASE("a hard link to a link to outside is another name of the link") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "out", .type = '2', .link = scene.directory / "outside/secret"}))
            .add(own({.name = "h", .type = '1', .link = "out"}))
            .add(own({.name = "h", .content = "x"}));
        CHECK(scene.refusal(tar) == "no error");
        CHECK(scene.read("h") == "x");

        Tar below;
        below.add(own({.name = "dir", .type = '2', .link = scene.directory / "outside"}))
            .add(own({.name = "i", .type = '1', .link = "dir/secret"}));
        CHECK(
            scene.refusal(below) == "a.tar: i: its target lies below the link dir -> " +
                                        (scene.directory / "outside") +
                                        ", which leads out of the root");
    }

    TEST_CASE("a hard link whose target has to give way for it") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "a", .type = '5', .mode = 0755}))
            .add(own({.name = "a/b", .content = "x"}))
            .add(own({.name = "a", .type = '1', .link = "a/b"}));
        CHECK(scene.refusal(tar) == "a.tar: a: it is a hard link to a/b, which is not there");
    }

    TEST_CASE("devices") {
        ExtractScene scene;
        const auto refusal = [&](char type, unsigned major, unsigned minor, bool refuse) {
            return scene.refusal(
                Tar().add(own({.name = "dev", .type = type, .major = major, .minor = minor})),
                {.refuse_devices = refuse});
        };
        CHECK(
            refusal('4', 8, 0, true) ==
            "a.tar: dev: it is a block device, which is not allowed here");
        CHECK(
            refusal('3', 1, 3, true) ==
            "a.tar: dev: it is a character device, which is not allowed here");
        CHECK(
            refusal('3', 0, 0, false) ==
            "a.tar: dev: it is the character device 0:0, which no image can have");
        CHECK_FALSE(scene.has("dev"));
    }

    TEST_CASE("the root itself can't be replaced") {
        ExtractScene scene;
        CHECK(
            scene.refusal(Tar().add(own({.name = "./", .type = '2', .link = "x"}))) ==
            "a.tar: ./: it would take the place of the directory it is unpacked to");
    }

    TEST_CASE("decompression bombs stop at the limit") {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "a", .content = std::string(600'000, '\0')}))
            .add(own({.name = "b", .content = std::string(600'000, '\0')}));
        const std::string bomb = test::compressed(tar.finished(), "xz");
        CHECK(bomb.size() < 2000);
        CHECK(
            scene.refusal(bomb, {.byte_limit = 1'000'000}) ==
            "a.tar: b: unpacking would write more than 1.00 MB");
        CHECK(scene.at("a").size == 600'000);
        CHECK_FALSE(scene.has("c"));
        CHECK(scene.refusal(bomb, {.byte_limit = 1'200'000}) == "no error");

        Tar sparse;
        sparse.add(own(
            {.name = "s",
             .content = "0\n" + std::string(510, '\0'),
             .records = {
                 {"GNU.sparse.major", "1"},
                 {"GNU.sparse.minor", "0"},
                 {"GNU.sparse.name", "s"},
                 {"GNU.sparse.realsize", "8000000000000000"}}}));
        CHECK(scene.refusal(sparse) == "a.tar: s: unpacking would write more than 1.10 TB");
    }

    TEST_CASE("truncated archives name the last good entry") {
        ExtractScene scene;
        Tar tar;
        std::string noise;
        unsigned state = 1;
        for (int i = 0; i < 200'000; ++i) {
            state = state * 1103515245U + 12345U;
            noise += static_cast<char>(state >> 16U);
        }
        tar.add(own({.name = "first", .content = "1"}))
            .add(own({.name = "second", .content = noise}));
        for (const char* const filter : {"gzip", "xz"}) {
            const std::string whole = test::compressed(tar.finished(), filter);
            const std::string error = scene.refusal(whole.substr(0, whole.size() / 2));
            CAPTURE(error);
            CHECK(error.starts_with("a.tar is damaged or cut short after its entry first: "));
        }
    }

    TEST_CASE("names that are too long are errors, not cut") {
        ExtractScene scene;
        const std::string name(300, 'n');
        CHECK(
            scene.refusal(Tar().add(own({.name = "n", .records = {{"path", name}}}))) ==
            "a.tar: " + name + ": its name has a part of 300 bytes; the most are 255");
    }

    TEST_CASE("directories in directories end somewhere, and messages stay short") {
        ExtractScene scene;
        const auto nested = [](std::size_t levels, const std::string& part) {
            std::string name = part;
            for (std::size_t i = 1; i < levels; ++i) {
                name += "/" + part;
            }
            return Tar().add(own({.name = "n", .type = '5', .records = {{"path", name}}}));
        };
        std::string start;
        for (int i = 0; i < 50; ++i) {
            start += "d/";
        }
        CHECK(
            scene.refusal(nested(2500, "d")) ==
            "a.tar: " + start + "…" + ("/" + start).substr(0, 100) +
                ": its name has 2500 levels of directories; the most are 256");
        CHECK(
            scene.refusal(nested(20, std::string(250, 'd'))) ==
            "a.tar: " + std::string(100, 'd') + "…" + std::string(100, 'd') +
                ": its name has 5019 bytes; the most are 4095");
        CHECK(scene.refusal(nested(200, "d")) == "no error");
    }

    TEST_CASE(
        "a malformed file capability is the archive's fault" * doctest::skip(::geteuid() != 0)) {
        ExtractScene scene;
        Tar tar;
        tar.add(own({.name = "f", .records = {{"SCHILY.xattr.security.capability", "nonsense"}}}));
        CHECK(
            scene.refusal(tar) ==
            "a.tar: f: setting the extended attribute security.capability: its value is not one "
            "that the kernel takes");
    }

    TEST_CASE("archives damaged at random never reach outside") {
        Tar tar;
        tar.add(own({.name = "./", .type = '5', .mode = 0755}))
            .add(own({.name = "d/", .type = '5', .mode = 0755, .records = {{"mtime", "1.5"}}}))
            .add(own({.name = "d/f", .content = "content", .records = {{"path", "d/g"}}}))
            .add(own({.name = "up", .type = '2', .link = "../outside"}))
            .add(own({.name = "up2/secret", .content = "x"}))
            .add(own({.name = "h", .type = '1', .link = "d/g"}));
        const std::string whole = tar.finished();
        std::mt19937 random(42);
        int refused = 0;
        for (int round = 0; round < 300; ++round) {
            ExtractScene scene;
            std::string bytes = whole;
            for (int change = 0; change < 3; ++change) {
                const std::size_t at = random() % bytes.size();
                bytes[at] = "./0127LxupS\0\xff"[random() % 13];
                // A right checksum lets the damage through to the extraction.
                const std::size_t block = at / 512 * 512;
                if (bytes.compare(block + 257, 5, "ustar") == 0) {
                    bytes.replace(block, 512, Tar::with_checksum(bytes.substr(block, 512)));
                }
            }
            refused += scene.refusal(bytes, {.byte_limit = 1U << 20U}) != "no error" ? 1 : 0;
        }
        CHECK(refused > 30);
        CHECK(refused < 290);
    }
}
