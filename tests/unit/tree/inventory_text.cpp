// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "tree/inventory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::tree;

namespace {

Entry entry(EntryType type, const std::string& path) {
    Entry result;
    result.type = type;
    result.path = path;
    result.mode = 0755;
    return result;
}

Inventory one_of_each() {
    Entry root = entry(EntryType::directory, "");
    root.mtime = {-5, 0};
    Entry file = entry(EntryType::regular, "bin/a b\n%\xff");
    file.mode = 04755;
    file.uid = 4294967294;
    file.gid = 7;
    file.size = 18446744073709551615U;
    file.mtime = {1700000000, 1};
    file.digest = crypto::sha256("");
    file.xattrs = {{"security.capability", std::string("\0\x01=@ ", 5)}, {"user.empty", ""}};
    file.link_group = 9;
    Entry other = file;
    other.path = "bin/c";
    Entry unknown = entry(EntryType::regular, "bin/d");
    Entry link = entry(EntryType::symlink, "l");
    link.link_target = "../x y";
    Entry device = entry(EntryType::char_device, "dev");
    device.major = 1;
    device.minor = 3;
    Entry block = entry(EntryType::block_device, "sda");
    block.major = 8;
    Entry gone;
    gone.path = "gone";
    gone.type = EntryType::whiteout;
    return Inventory(
        {root,
         entry(EntryType::directory, "bin"),
         file,
         other,
         unknown,
         link,
         device,
         block,
         entry(EntryType::fifo, "fifo"),
         entry(EntryType::socket, "socket"),
         gone});
}

constexpr const char* expected_text =
    "imgbuild inventory 1\n"
    "d . 755 0 0 -5\n"
    "d bin 755 0 0 0\n"
    "f bin/a%20b%0a%25%ff 4755 4294967294 7 1700000000.000000001 18446744073709551615 "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 @1 "
    "security.capability=%00%01%3d%40%20 user.empty=\n"
    "f bin/c 4755 4294967294 7 1700000000.000000001 18446744073709551615 "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 @1 "
    "security.capability=%00%01%3d%40%20 user.empty=\n"
    "f bin/d 755 0 0 0 0 -\n"
    "c dev 755 0 0 0 1 3\n"
    "p fifo 755 0 0 0\n"
    "w gone\n"
    "l l 755 0 0 0 ../x%20y\n"
    "b sda 755 0 0 0 8 0\n"
    "s socket 755 0 0 0\n";

std::string message_for(const std::string& line) {
    try {
        (void)parse_inventory("imgbuild inventory 1\n" + line, "layer");
    } catch (const base::Error& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("the text form is exactly this") {
    CHECK(serialise(one_of_each()) == expected_text);
}

TEST_CASE("what was written is read back") {
    CHECK(parse_inventory(expected_text, "x") == one_of_each());
    CHECK(parse_inventory(serialise(Inventory()), "x") == Inventory());
}

TEST_CASE("a damaged text is refused, naming the line") {
    CHECK_THROWS_WITH(
        parse_inventory("imgbuild inventory 2\n", "layer"),
        "layer is not an inventory of this version of imgbuild");
    CHECK(message_for("x a 755 0 0 0\n") == "layer:2: not a line of an inventory: unknown type");
    CHECK(
        message_for("d a 755 0 0\n") == "layer:2: not a line of an inventory: a field is missing");
    CHECK(message_for("d a 755 0 0 0") == "layer:2: not a line of an inventory: it is cut short");
    CHECK(
        message_for("d a 855 0 0 0\n") == "layer:2: not a line of an inventory: a number is wrong");
    CHECK(
        message_for("d a 755 -1 0 0\n") ==
        "layer:2: not a line of an inventory: a number is wrong");
    CHECK(
        message_for("d a 755  0 0\n") == "layer:2: not a line of an inventory: a number is wrong");
    CHECK(
        message_for("d a 755 0 0 1.5\n") == "layer:2: not a line of an inventory: a time is wrong");
    CHECK(
        message_for("d a%4 755 0 0 0\n") ==
        "layer:2: not a line of an inventory: an escape is cut short");
    CHECK(
        message_for("d a%zz 755 0 0 0\n") ==
        "layer:2: not a line of an inventory: a number is wrong");
    CHECK(
        message_for("f a 644 0 0 0 3 abc\n") ==
        "layer:2: not a line of an inventory: a digest is wrong");
    CHECK(message_for("w a b\n") == "layer:2: not a line of an inventory: a field too many");
    CHECK(
        message_for("d a 755 0 0 0 b\n") ==
        "layer:2: not a line of an inventory: a field too many");
    CHECK(message_for("w a\nw a\n") == "reading layer: an inventory has the path a twice");
    for (const char* const path : {"/etc", "a//b", "a/", "../x", "a/../b", "a/%2e", "x%00y", ""}) {
        CHECK(
            message_for(std::string("w ") + path + "\n") ==
            "layer:2: not a line of an inventory: a path is wrong");
    }
}

TEST_CASE("differences are told in words") {
    const Inventory wanted = one_of_each();
    std::vector<Entry> entries = wanted.entries();
    CHECK(describe_differences(wanted, wanted).empty());
    entries.erase(entries.begin() + 1); // bin
    entries[1].mode = 0644;             // bin/a…
    entries[1].link_group = 0;
    entries[1].xattrs = {{"security.capability", "x"}, {"user.a", ""}};
    entries[1].digest = crypto::sha256("x");
    entries[2].link_group = 0; // bin/c
    entries[3].size = 5;       // bin/d
    entries[3].uid = 1;
    entries[4].minor = 4;                 // dev
    entries[5].type = EntryType::regular; // fifo
    entries[7].link_target = "y";         // l
    entries[9].mtime = {1, 2};            // socket
    entries.push_back(entry(EntryType::regular, "zzz"));
    const std::vector<std::string> expected = {
        "bin: missing",
        "bin/a b\\x0a%\\xff: mode 0644 instead of 4755, content 2d711642b726 instead of "
        "e3b0c44298fc, attribute security.capability differs, attribute user.a not expected, "
        "attribute user.empty missing, names of the file bin/a b\\x0a%\\xff instead of "
        "bin/a b\\x0a%\\xff = bin/c",
        "bin/c: names of the file bin/c instead of bin/a b\\x0a%\\xff = bin/c",
        "bin/d: owner 1:0 instead of 0:0, size 5 instead of 0",
        "dev: device 1:4 instead of 1:3",
        "fifo: regular file instead of fifo",
        "l: link to y instead of ../x y",
        "socket: time 1.000000002 instead of 0.000000000",
        "zzz: not expected",
    };
    CHECK(describe_differences(wanted, Inventory(entries)) == expected);
    const auto few = describe_differences(wanted, Inventory(entries), 3);
    CHECK(few == std::vector<std::string>{expected[0], expected[1], "and 7 more"});
}
