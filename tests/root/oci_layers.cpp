// SPDX-License-Identifier: Apache-2.0
// What layers do to a root, by docs/containers.md: the bytes on the disk.
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

TEST_SUITE("layers") {
    TEST_CASE_FIXTURE(LayerScene, "content, owners, modes and times come out as they are stored") {
        TarMember file = file_member("etc/motd", "hello\n");
        file.mode = 04751;
        file.uid = 33;
        file.gid = 44;
        file.records = {{"mtime", "1234567890.123456789"}, {"SCHILY.xattr.user.a", "b"}};
        TarMember etc = directory_member("etc", 0750);
        etc.mtime = 7;
        TarMember root = directory_member("./", 0711);
        root.mtime = 5;
        Tar layer;
        layer.add(root).add(etc).add(file);
        layer.add({.name = "etc/pipe", .type = '6', .mode = 0600});
        TarMember link = link_member("etc/link", "../nowhere");
        link.mtime = 9;
        layer.add(link);
        unpack(Layers{layer});

        CHECK(read("etc/motd") == "hello\n");
        const tree::Entry motd = at("etc/motd");
        CHECK(motd.mode == 04751);
        CHECK(motd.uid == 33);
        CHECK(motd.gid == 44);
        CHECK(motd.mtime == tree::Time{1234567890, 123456789});
        CHECK(motd.xattrs.size() == 1);
        CHECK(at("etc").mode == 0750);
        CHECK(at("etc").mtime == tree::Time{7, 0});
        CHECK(at("").mode == 0711);
        CHECK(at("").mtime == tree::Time{5, 0});
        CHECK(at("etc/pipe").type == EntryType::fifo);
        CHECK(at("etc/link").link_target == "../nowhere");
        CHECK(at("etc/link").mtime == tree::Time{9, 0});
    }

    TEST_CASE_FIXTURE(LayerScene, "directories that a layer needs but does not have are made") {
        Tar layer;
        layer.add(file_member("a/b/file"));
        unpack(Layers{layer});
        CHECK(at("a").mode == 0755);
        CHECK(at("a").mtime == tree::Time{0, 0});
        CHECK(at("a/b").mtime == tree::Time{0, 0});
        CHECK(at("").mtime == tree::Time{0, 0});
    }

    TEST_CASE_FIXTURE(
        LayerScene, "a directory whose content changes keeps its time and attributes") {
        TarMember closed = directory_member("d", 0);
        closed.mtime = 1000;
        Tar first;
        first.add(closed).add(file_member("d/old"));
        Tar second;
        second.add(file_member("d/new")).add(file_member("d/.wh.old", ""));
        unpack(Layers{first, second});
        CHECK(paths() == "d d/new");
        CHECK(at("d").mode == 0);
        CHECK(at("d").mtime == tree::Time{1000, 0});
    }

    TEST_CASE_FIXTURE(
        LayerScene, "a directory loses the attributes that a later layer does not have") {
        TarMember with = directory_member("d");
        with.records = {{"SCHILY.xattr.user.old", "1"}, {"SCHILY.xattr.user.both", "1"}};
        TarMember without = directory_member("d");
        without.records = {{"SCHILY.xattr.user.both", "2"}};
        Tar first;
        first.add(with);
        Tar second;
        second.add(without);
        unpack(Layers{first, second});
        CHECK(at("d").xattrs == decltype(at("d").xattrs){{"user.both", "2"}});
    }

    TEST_CASE_FIXTURE(LayerScene, "a whiteout removes files, links and whole directories") {
        Tar first;
        first.add(file_member("file")).add(link_member("link", "dir"));
        first.add(directory_member("dir")).add(file_member("dir/sub/deep"));
        first.add(directory_member("kept"));
        Tar second;
        second.add(file_member(".wh.file", "")).add(file_member(".wh.link", ""));
        second.add(file_member("dir/.wh.sub", "")).add(file_member(".wh.missing", ""));
        second.add(file_member("no/such/.wh.thing", ""));
        unpack(Layers{first, second});
        CHECK(paths() == "dir kept");
    }

    TEST_CASE_FIXTURE(LayerScene, "an opaque directory hides what lower layers have in it") {
        for (const bool mark_comes_first : {true, false}) {
            Tar first;
            first.add(file_member("d/old"))
                .add(file_member("d/sub/old"))
                .add(file_member("d/both", "1"));
            Tar second;
            if (mark_comes_first) {
                second.add(file_member("d/.wh..wh..opq", ""));
            }
            second.add(file_member("d/new")).add(file_member("d/sub/new"));
            second.add(file_member("d/both", "2"));
            if (!mark_comes_first) {
                second.add(file_member("d/.wh..wh..opq", ""));
            }
            unpack(Layers{first, second});
            CHECK(paths() == "d d/both d/new d/sub d/sub/new");
            CHECK(read("d/both") == "2");
            base::remove_tree(directory / "image");
        }
    }

    TEST_CASE_FIXTURE(LayerScene, "what a layer adds survives its own whiteouts") {
        Tar first;
        first.add(file_member("d/lower")).add(file_member("f", "lower"));
        Tar second;
        TarMember made = directory_member("d", 0701);
        made.mtime = 77;
        second.add(made).add(file_member("d/upper")).add(file_member("f", "upper"));
        second.add(file_member(".wh.d", "")).add(file_member(".wh.f", ""));
        unpack(Layers{first, second});
        CHECK(paths() == "d d/upper f");
        CHECK(read("f") == "upper");
        CHECK(at("d").mode == 0701);
        CHECK(at("d").mtime == tree::Time{77, 0});
    }

    TEST_CASE_FIXTURE(LayerScene, "types replace each other") {
        Tar first;
        first.add(file_member("dir-to-file/x")).add(file_member("dir-to-link/x"));
        first.add(file_member("file-to-dir")).add(link_member("link-to-dir", "dir-to-file"));
        first.add(file_member("file")).add(file_member("target/x"));
        Tar second;
        second.add(file_member("dir-to-file", "f")).add(link_member("dir-to-link", "file"));
        second.add(directory_member("file-to-dir", 0700)).add(directory_member("link-to-dir"));
        second.add(file_member("file/below", "b"));
        unpack(Layers{first, second});
        CHECK(
            paths() == "dir-to-file dir-to-link file file/below file-to-dir link-to-dir target "
                       "target/x");
        CHECK(read("dir-to-file") == "f");
        CHECK(at("dir-to-link").type == EntryType::symlink);
        CHECK(at("file-to-dir").mode == 0700);
        CHECK(at("link-to-dir").type == EntryType::directory);
        CHECK(read("file/below") == "b");
    }

    TEST_CASE_FIXTURE(LayerScene, "the last one of duplicates wins, whatever they are") {
        Tar layer;
        layer.add(file_member("a", "1")).add(file_member("a", "2"));
        layer.add(directory_member("d", 0700))
            .add(file_member("d/x"))
            .add(directory_member("d", 0711));
        layer.add(directory_member("e")).add(file_member("e/x")).add(file_member("e", "file"));
        layer.add(file_member("one", "1")).add(hard_link_member("two", "one"));
        layer.add(file_member("two", "2"));
        unpack(Layers{layer});
        CHECK(read("a") == "2");
        CHECK(at("d").mode == 0711);
        CHECK(has("d/x"));
        CHECK(read("e") == "file");
        CHECK(read("one") == "1");
        CHECK(read("two") == "2");
    }

    TEST_CASE_FIXTURE(
        LayerScene, "an entry below a lower layer's link lands at the link's target") {
        Tar first;
        first.add(file_member("usr/lib/a")).add(link_member("lib", "usr/lib"));
        first.add(link_member("abs", "/usr/lib"));
        Tar second;
        second.add(file_member("lib/b"))
            .add(file_member("abs/c"))
            .add(file_member("lib/.wh.a", ""));
        unpack(Layers{first, second});
        CHECK(paths() == "abs lib usr usr/lib usr/lib/b usr/lib/c");
        CHECK(at("lib").type == EntryType::symlink);
    }

    TEST_CASE_FIXTURE(
        LayerScene, "hard links lead to what is there, in this layer or a lower one") {
        Tar first;
        first.add(file_member("low", "low")).add(link_member("sym", "/etc/passwd"));
        Tar second;
        second.add(hard_link_member("to-low", "low")).add(hard_link_member("/to-sym", "./sym"));
        second.add(file_member("here", "here")).add(hard_link_member("d/to-here", "/here"));
        unpack(Layers{first, second});
        CHECK(read("to-low") == "low");
        CHECK(at("to-low").link_group != 0);
        CHECK(at("to-low").link_group == at("low").link_group);
        CHECK(at("to-sym").type == EntryType::symlink);
        CHECK(at("to-sym").link_target == "/etc/passwd");
        CHECK(read("d/to-here") == "here");
    }

    TEST_CASE_FIXTURE(LayerScene, "sparse files keep their holes and content") {
        Tar layer;
        TarMember old = {.name = "pax", .content = std::string(512, 'a') + std::string(512, 'b')};
        old.records = {
            {"GNU.sparse.map", "0,512,1048576,512"},
            {"GNU.sparse.size", "2097152"},
            {"GNU.sparse.name", "sparse"}};
        layer.add(old);
        TarMember in_data = {.name = "GNUSparseFile.0/one", .content = "2\n0\n3\n4096\n2\n"};
        in_data.content.resize(512, '\0');
        in_data.content += "abcde";
        in_data.records = {
            {"GNU.sparse.major", "1"},
            {"GNU.sparse.minor", "0"},
            {"GNU.sparse.name", "one"},
            {"GNU.sparse.realsize", "8192"}};
        layer.add(in_data).add(file_member("behind", "ok"));
        unpack(Layers{layer});
        const std::string sparse = read("sparse");
        CHECK(sparse.size() == 2097152);
        CHECK(sparse.substr(0, 513) == std::string(512, 'a') + '\0');
        CHECK(sparse.substr(1048575, 513) == '\0' + std::string(512, 'b'));
        const std::string one = read("one");
        CHECK(one.size() == 8192);
        CHECK(one.substr(0, 4) == std::string("abc\0", 4));
        CHECK(one.substr(4096, 3) == std::string("de\0", 3));
        CHECK(read("behind") == "ok");
    }

    TEST_CASE_FIXTURE(LayerScene, "names may be long, deep, and hold any bytes but NUL and slash") {
        const std::string strange = "new\nline \xff\xfe \x1b[31m";
        std::string deep;
        for (int i = 0; i < 300; ++i) {
            deep += "d/";
        }
        std::string lengthy;
        while (lengthy.size() < 4096) {
            lengthy += std::string(200, 'n') + "/";
        }
        Tar layer;
        layer.add(file_member(strange, "s"));
        TarMember deep_file = {.name = "short", .content = "deep"};
        deep_file.records = {{"path", deep + "file"}};
        TarMember long_file = {.name = "short", .content = "long"};
        long_file.records = {{"path", lengthy + "file"}};
        layer.add(deep_file).add(long_file);
        is_scannable = false;
        unpack(Layers{layer});
        CHECK(base::read_file(directory / ("image/" + strange)) == "s");
        CHECK(size_at_the_end_of(deep + "file") == 4);
        CHECK(size_at_the_end_of(lengthy + "file") == 4);
    }

    TEST_CASE_FIXTURE(LayerScene, "every compression of a layer gives the same tree") {
        Tar layer;
        layer.add(file_member("big", std::string(3'000'000, 'q') + "end"));
        const std::string gzip = compressed(layer.finished(), "gzip");
        const std::string zstd = compressed(layer.finished(), "zstd");
        const std::string half = compressed(layer.finished().substr(0, 100'000), "gzip");
        const std::string other = compressed(layer.finished().substr(100'000), "gzip");
        // Where zstd:chunked and eStargz keep their tables.
        const std::string skippable("\x50\x2a\x4d\x18\x04\0\0\0toc!", 12);
        const std::string footer = std::string("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0", 16) +
                                   "00000000000003e8STARGZ" +
                                   std::string("\x01\0\0\xff\xff\0\0\0\0\0\0\0\0", 13);
        for (const std::string& blob :
             {layer.finished(),
              gzip,
              zstd,
              half + other,
              half + other + footer,
              gzip + std::string(1000, '\0'),
              zstd + skippable,
              skippable + zstd}) {
            oci::LayerInput one = input(blob);
            one.promise.diff_id = crypto::sha256(layer.finished());
            unpack_inputs({one});
            CHECK(read("big").size() == 3'000'003);
            base::remove_tree(directory / "image");
        }
    }

    TEST_CASE_FIXTURE(
        LayerScene, "an archive may end without end blocks, and more may follow them") {
        Tar layer;
        layer.add(file_member("file", "f"));
        Tar other;
        other.add(file_member("hidden"));
        for (const std::string& end :
             {std::string(),
              std::string(512, '\0'),
              std::string(1024, '\0') + "garbage",
              std::string(1024, '\0') + other.finished()}) {
            unpack(std::vector<std::string>{layer.unfinished() + end});
            CHECK(paths() == "file");
            base::remove_tree(directory / "image");
        }
    }

    TEST_CASE_FIXTURE(LayerScene, "bookkeeping of storage drivers is left out") {
        Tar layer;
        layer.add(directory_member(".wh..wh.plnk")).add(file_member(".wh..wh.plnk/12.34"));
        layer.add(file_member(".wh..wh.aufs", "")).add(file_member("file"));
        unpack(Layers{layer});
        CHECK(paths() == "file");
    }

    TEST_CASE_FIXTURE(
        LayerScene, "an existing empty directory is used, whoever it belongs to stays out") {
        base::make_directories(directory / "image");
        Tar layer;
        layer.add(directory_member("./", 0555)).add(file_member("f"));
        unpack(Layers{layer});
        CHECK(at("").mode == 0555);
        CHECK(paths() == "f");
    }

    TEST_CASE_FIXTURE(LayerScene, "a directory with something in it is refused and left alone") {
        base::make_directories(directory / "image");
        base::replace_file(directory / "image/mine", "mine");
        Tar layer;
        layer.add(file_member("f"));
        CHECK_THROWS_WITH_AS(
            unpack(Layers{layer}), (directory / "image is not empty").c_str(), base::UsageError);
        CHECK(paths() == "mine");
    }
}
