// SPDX-License-Identifier: Apache-2.0
// Layers that want out of their root, lie about themselves, or never end. The scene checks each time that
// nothing of the host changed and, after a refusal, that nothing is left.
#include "base/cancel.hpp"
#include "layer_scene.hpp"

#include <sys/xattr.h>

using namespace imgbuild;
using test::compressed;
using test::directory_member;
using test::file_member;
using test::hard_link_member;
using test::LayerScene;
using test::link_member;
using test::Tar;
using test::TarMember;
using tree::EntryType;
using Layers = std::vector<Tar>;

namespace {

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE("hostile layers") {
    TEST_CASE_FIXTURE(LayerScene, "absolute names and dots are clamped to the root") {
        Tar layer;
        layer.add(file_member("../../outside/a", "1")).add(file_member("/outside/b", "2"));
        layer.add(file_member("x/../../../c", "3")).add(directory_member("/.."));
        layer.add(file_member(directory / "outside/d", "4"));
        unpack(Layers{layer});
        CHECK(read("outside/a") == "1");
        CHECK(read("outside/b") == "2");
        CHECK(read("c") == "3");
        CHECK(read((directory / "outside/d").substr(1)) == "4");
    }

    TEST_CASE_FIXTURE(LayerScene, "links never lead out") {
        const std::string outside = directory / "outside";
        Tar layer;
        layer.add(link_member("abs", outside)).add(link_member("up", "../outside"));
        layer.add(link_member("far", "../../../../../../../../../../.." + outside));
        layer.add(link_member("self", "/proc/self/root" + outside));
        for (const char* const name : {"abs", "up", "far", "self"}) {
            layer.add(file_member(std::string(name) + "/" + name, "in"));
            layer.add(file_member(std::string(name) + "/secret", "in"));
        }
        unpack(Layers{layer});
        CHECK(read(outside.substr(1) + "/abs") == "in");
        CHECK(read("outside/up") == "in");
        CHECK(read(outside.substr(1) + "/far") == "in");
        CHECK(read("proc/self/root" + outside + "/self") == "in");
    }

    TEST_CASE_FIXTURE(LayerScene, "whiteouts and opaque marks below links stay inside") {
        const std::string outside = directory / "outside";
        Tar first;
        first.add(link_member("abs", outside)).add(link_member("up", "../outside"));
        first.add(file_member("outside/secret")).add(link_member("here", "."));
        Tar second;
        second.add(file_member("abs/.wh.secret", "")).add(file_member("up/.wh.secret", ""));
        second.add(file_member("abs/.wh..wh..opq", "")).add(file_member("up/.wh..wh..opq", ""));
        second.add(file_member(".wh.abs", "")).add(file_member("../.wh.outside", ""));
        second.add(file_member("here/.wh.up", ""));
        unpack(Layers{first, second});
        CHECK(paths() == "here");
    }

    TEST_CASE_FIXTURE(LayerScene, "whiteouts of no name, of dot and of dots are refused") {
        for (const char* const name : {".wh.", ".wh..", ".wh...", "d/.wh...", "./.wh.."}) {
            Tar first;
            first.add(file_member("d/file"));
            Tar second;
            second.add(file_member(name, ""));
            CHECK(contains(refusal(Layers{first, second}), "which is no name"));
        }
        Tar below;
        below.add(file_member(".wh.d/file"));
        CHECK(
            refusal(Layers{below}) ==
            "test: layer 11: .wh.d/file: it lies in a directory whose name is "
            "that of a whiteout");
    }

    TEST_CASE_FIXTURE(LayerScene, "hard links reach nothing of the host") {
        const std::string secret = directory / "outside/secret";
        for (const std::string& target :
             {secret,
              std::string("../outside/secret"),
              std::string("abs/secret"),
              std::string("up/secret")}) {
            Tar layer;
            layer.add(link_member("abs", directory / "outside"))
                .add(link_member("up", "../outside"));
            layer.add(hard_link_member("stolen", target));
            CHECK(contains(
                refusal(Layers{layer}),
                "stolen: it is a hard link to " + target + ", which is not there"));
        }
        Tar to_link;
        to_link.add(link_member("link", secret)).add(hard_link_member("hard", "link"));
        to_link.add(file_member("hard", "written"));
        unpack(Layers{to_link});
        CHECK(at("link").type == EntryType::symlink);
        CHECK(read("hard") == "written");
    }

    TEST_CASE_FIXTURE(
        LayerScene, "hard links to directories, to themselves and forward are refused") {
        Tar to_directory;
        to_directory.add(directory_member("d")).add(hard_link_member("h", "d"));
        CHECK(
            refusal(Layers{to_directory}) ==
            "test: layer 1: h: it is a hard link to d, which is a directory");
        Tar to_root;
        to_root.add(hard_link_member("h", "."));
        CHECK(contains(refusal(Layers{to_root}), "which is not there"));
        Tar to_itself;
        to_itself.add(file_member("h")).add(hard_link_member("h", "./h"));
        CHECK(refusal(Layers{to_itself}) == "test: layer 3: h: it is a hard link to itself");
        Tar forward;
        forward.add(hard_link_member("h", "later")).add(file_member("later"));
        CHECK(
            refusal(Layers{forward}) ==
            "test: layer 4: h: it is a hard link to later, which is not there");
    }

    TEST_CASE_FIXTURE(LayerScene, "the root can't become anything but a directory") {
        for (const TarMember& member :
             {link_member(".", directory / "outside"),
              link_member("/", "/"),
              file_member("x/..", "root"),
              TarMember{.name = "./", .type = '6'}}) {
            Tar layer;
            layer.add(member).add(file_member("secret", "overwritten"));
            CHECK(
                contains(refusal(Layers{layer}), "it would take the place of the root directory"));
        }
    }

    TEST_CASE_FIXTURE(LayerScene, "a directory that becomes a link is not written through") {
        Tar first;
        first.add(directory_member("d")).add(file_member("d/secret", "1"));
        Tar second;
        second.add(link_member("d", directory / "outside")).add(file_member("d/secret", "2"));
        second.add(directory_member("e")).add(link_member("e", "../outside"));
        second.add(file_member("e/secret", "3"));
        unpack(Layers{first, second});
        CHECK(read((directory / "outside/secret").substr(1)) == "2");
        CHECK(read("outside/secret") == "3");
    }

    TEST_CASE_FIXTURE(LayerScene, "links in circles end") {
        Tar layer;
        layer.add(link_member("a", "b")).add(link_member("b", "a")).add(file_member("a/file", "f"));
        unpack(Layers{layer});
        CHECK(contains(paths(), "/file"));
    }

    TEST_CASE_FIXTURE(LayerScene, "devices are made by root alone, 0:0 by nobody") {
        Tar layer;
        layer.add({.name = "dev/null", .type = '3', .mode = 0666, .major = 1, .minor = 3});
        layer.add(hard_link_member("dev/zip", "dev/null"));
        layer.add({.name = "dev/sda", .type = '4', .mode = 0600, .major = 8, .minor = 0});
        unpack(Layers{layer});
        if (has("dev/null")) {
            CHECK(at("dev/null").type == EntryType::char_device);
            CHECK(at("dev/sda").type == EntryType::block_device);
            CHECK(at("dev/zip").link_group == at("dev/null").link_group);
        } else {
            CHECK(reporter.messages.size() == 3);
            CHECK(
                reporter.messages.at(0) ==
                "the device /dev/null (character 1:3) is left out: only root may make it");
        }
        Tar whiteout;
        whiteout.add({.name = "file", .type = '3'});
        base::remove_tree(directory / "image");
        CHECK(contains(refusal(Layers{whiteout}), "it is the character device 0:0"));
        Tar large;
        large.add({.name = "file", .type = '3', .major = 4097, .minor = 3});
        CHECK(contains(refusal(Layers{large}), "device number 4097 is out of range"));
    }

    TEST_CASE_FIXTURE(
        LayerScene, "attributes that belong to the host or an overlay are never set") {
        TarMember member = directory_member("d");
        member.records = {
            {"SCHILY.xattr.trusted.overlay.opaque", "y"},
            {"SCHILY.xattr.user.overlay.redirect", "/outside"},
            {"SCHILY.xattr.security.selinux", "label"},
            {"SCHILY.xattr.user.fine", "1"}};
        Tar layer;
        layer.add(member);
        unpack(Layers{layer});
        CHECK(at("d").xattrs == decltype(at("d").xattrs){{"user.fine", "1"}});
        std::string names(1000, '\0');
        names.resize(static_cast<std::size_t>(
            ::listxattr((directory / "image/d").c_str(), names.data(), names.size())));
        CHECK_FALSE(contains(names, "overlay"));
    }

    TEST_CASE_FIXTURE(LayerScene, "pax records that make no sense are refused") {
        const std::vector<std::pair<std::string, std::string>> bad = {
            {"size", "-1"},
            {"size", "9223372036854775808"},
            {"size", "1x"},
            {"uid", "4294967295"},
            {"uid", "-2"},
            {"gid", "18446744073709551616"},
            {"mtime", "soon"},
            {"mtime", "1.2.3"},
            {"path", std::string("a\0b", 3)},
            {"linkpath", std::string("\0", 1)},
            {"GNU.sparse.map", "0,1,2"}};
        for (const auto& [key, value] : bad) {
            TarMember member = file_member("f");
            member.records = {{key, value}};
            Tar layer;
            layer.add(member);
            const std::string error = refusal(Layers{layer});
            CHECK_MESSAGE(
                contains(error, "the tar archive is damaged"), key, "=", value, ": ", error);
        }
        Tar nested;
        nested.add({.name = "pax", .type = 'x', .content = "999 path=f\n"}).add(file_member("f"));
        CHECK(contains(refusal(Layers{nested}), "a pax header is not made of records"));
        Tar large;
        large.add({.name = "pax", .type = 'x', .content = std::string(1'048'577, 'x')});
        CHECK(contains(refusal(Layers{large}), "more than 1048576"));
    }

    TEST_CASE_FIXTURE(LayerScene, "a pax size is the size; what follows is what it says") {
        TarMember inner = file_member("inner", "i");
        TarMember outer = file_member("outer", "12345");
        outer.records = {{"size", "3"}};
        Tar layer;
        layer.add(outer).add(inner);
        unpack(Layers{layer});
        CHECK(read("outer") == "123");
        CHECK(read("inner") == "i");
    }

    TEST_CASE_FIXTURE(LayerScene, "global pax headers change nothing") {
        Tar layer;
        layer.add({.name = "pax", .type = 'g', .content = "18 path=/elsewhere\n"});
        layer.add(file_member("f"));
        CHECK(contains(refusal(Layers{layer}), "not made of records"));
        Tar good;
        good.add({.name = "pax", .type = 'g', .content = "19 path=/elsewhere\n"});
        good.add(file_member("f"));
        unpack(Layers{good});
        CHECK(paths() == "f");
    }

    TEST_CASE_FIXTURE(LayerScene, "sparse maps that lie are refused") {
        for (const char* const map :
             {"0,2,1,1",
              "4096,1,0,1",
              "0,1,2000000,1",
              "0,9",
              "0,18446744073709551615",
              "0,1",
              ""}) {
            TarMember member = {.name = "sparse", .content = "ab"};
            member.records = {
                {"GNU.sparse.major", "0"},
                {"GNU.sparse.minor", "1"},
                {"GNU.sparse.size", "1000000"}};
            if (*map != '\0') {
                member.records["GNU.sparse.map"] = map;
            }
            Tar layer;
            layer.add(member);
            const std::string error = refusal(Layers{layer});
            if (*map == '\0') {
                CHECK(error == "no error");
                CHECK(read("sparse") == "ab");
            } else {
                CHECK_MESSAGE(contains(error, "the map of a sparse file"), map, ": ", error);
            }
        }
        base::remove_tree(directory / "image");
        TarMember huge = {.name = "huge"};
        huge.records = {
            {"GNU.sparse.map", ""},
            {"GNU.sparse.major", "1"},
            {"GNU.sparse.minor", "0"},
            {"GNU.sparse.realsize", "9223372036854775807"}};
        huge.content = "0\n" + std::string(510, '\0');
        Tar layer;
        layer.add(huge);
        limits.bytes = 1'000'000;
        CHECK(contains(refusal(Layers{layer}), "unpacking would write more than 1.00 MB"));
    }

    TEST_CASE_FIXTURE(LayerScene, "too many entries, too many bytes and too deep are refused") {
        limits.entries = 100;
        Tar many;
        for (int i = 0; i < 101; ++i) {
            many.add(file_member("f" + std::to_string(i), ""));
        }
        CHECK(refusal(Layers{many}) == "test: layer 1: f100: the image has more than 100 entries");
        limits.entries = 1000;
        limits.bytes = 1000;
        Tar large;
        large.add(file_member("a", std::string(600, 'x')))
            .add(file_member("b", std::string(600, 'x')));
        CHECK(
            refusal(Layers{large}) == "test: layer 2: b: unpacking would write more than 1.00 kB");
        std::string deep;
        for (int i = 0; i < 401; ++i) {
            deep += "d/";
        }
        TarMember member = {.name = "x"};
        member.records = {{"path", deep}};
        Tar nested;
        nested.add(member);
        CHECK(contains(refusal(Layers{nested}), "deeper than 400 directories"));
        Tar long_name;
        TarMember name = {.name = "x"};
        name.records = {{"path", std::string(256, 'n')}};
        long_name.add(name);
        CHECK(contains(refusal(Layers{long_name}), "a part of its name has 256 bytes"));
    }

    TEST_CASE_FIXTURE(LayerScene, "links can't nest directories deeper than the limit") {
        std::string deep;
        for (int i = 0; i < 300; ++i) {
            deep += "d/";
        }
        TarMember bottom = {.name = "x", .type = '5', .mode = 0755};
        bottom.records = {{"path", deep}};
        TarMember link = {.name = "link", .type = '2'};
        link.records = {{"linkpath", deep}};
        TarMember below = {.name = "x", .type = '5', .mode = 0755};
        below.records = {{"path", "link/" + deep}};
        Tar layer;
        layer.add(bottom).add(link).add(below);
        CHECK(contains(refusal(Layers{layer}), "deeper than 400 directories"));
    }

    TEST_CASE_FIXTURE(LayerScene, "decompression bombs are stopped") {
        const std::string zeros(50'000'000, '\0');
        for (const char* const filter : {"gzip", "zstd"}) {
            oci::LayerInput bomb = input(compressed(zeros, filter));
            bomb.promise.most_bytes = 10'000'000;
            CHECK(contains(
                refusal(std::vector<oci::LayerInput>{bomb}), "decompress to more than 10.0 MB"));
        }
        CHECK(oci::expansion_limit(1000) == std::uint64_t{4} << 30U);
    }

    TEST_CASE_FIXTURE(LayerScene, "damage of any kind is found") {
        Tar layer;
        layer.add(file_member("a", std::string(100'000, 'a'))).add(file_member("b"));
        const std::string tar = layer.finished();
        const std::string gzip = compressed(tar, "gzip");
        const std::string zstd = compressed(tar, "zstd");
        std::string wrong_sum = gzip;
        wrong_sum[wrong_sum.size() - 8] = static_cast<char>(wrong_sum[wrong_sum.size() - 8] ^ 1);
        const std::vector<std::pair<std::string, std::string>> cases = {
            {gzip.substr(0, gzip.size() - 1), "the gzip stream is cut short"},
            {gzip.substr(0, gzip.size() / 2), "the gzip stream is cut short"},
            {gzip.substr(0, 5), "the gzip stream is cut short"},
            {wrong_sum, "a checksum of the gzip stream is wrong"},
            {gzip + "garbage", "other bytes follow the gzip stream"},
            {gzip + std::string(3, '\0') + gzip, "other bytes follow the gzip stream"},
            {zstd.substr(0, zstd.size() - 1), "the zstd stream is cut short"},
            {zstd + "garbage", "the zstd stream is damaged or followed by other bytes"},
            {tar.substr(0, 700), "it ends in the middle of that entry"},
            {tar.substr(0, 200), "it ends in the middle of a header"},
            {tar.substr(512), "a header's checksum is wrong"},
            {std::string(512, '\0') + tar, "an empty block stands where a header should be"},
            {Tar::header({.name = "t", .type = 'Z'}), "has the type \"Z\""},
            {"no tar at all", "it ends in the middle of a header"}};
        for (const auto& [bytes, wanted] : cases) {
            const std::string error = refusal(std::vector<std::string>{bytes});
            CHECK_MESSAGE(contains(error, wanted), error);
        }
    }

    TEST_CASE_FIXTURE(LayerScene, "size, digest and diffID must be as promised") {
        Tar layer;
        layer.add(file_member("f"));
        const std::string blob = compressed(layer.finished(), "gzip");
        oci::LayerInput bad_digest = input(blob);
        bad_digest.promise.digest = crypto::sha256("other");
        CHECK(contains(
            refusal(std::vector<oci::LayerInput>{bad_digest}), crypto::sha256("other").hex()));
        oci::LayerInput bad_diff = input(blob);
        bad_diff.promise.diff_id = crypto::sha256("other");
        CHECK(contains(refusal(std::vector<oci::LayerInput>{bad_diff}), "layer 2, decompressed"));
        oci::LayerInput shorter = input(blob);
        shorter.promise.size = blob.size() + 1;
        CHECK_FALSE(refusal(std::vector<oci::LayerInput>{shorter}) == "no error");
        oci::LayerInput longer = input(blob);
        longer.promise.size = blob.size() - 1;
        CHECK_FALSE(refusal(std::vector<oci::LayerInput>{input(blob), longer}) == "no error");
    }

    TEST_CASE_FIXTURE(LayerScene, "stopping leaves nothing behind") {
        Tar layer;
        layer.add(file_member("f", std::string(1'000'000, 'x')));
        stop.request_stop();
        CHECK_THROWS_AS(unpack(Layers{layer}), base::Interrupted);
        CHECK_FALSE(base::exists(directory / "image"));
    }
}
