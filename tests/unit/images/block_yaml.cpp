// SPDX-License-Identifier: Apache-2.0
#include "images/block_yaml.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using images::parse_block_yaml;
using images::YamlValue;

TEST_CASE("maps, lists and scalars of Warewulf's files are read") {
    const YamlValue value = parse_block_yaml(
        "# comment\n"
        "---\n"
        "ipaddr: 10.0.0.1   # of the server\n"
        "nfs:\n"
        "  enabled: true\n"
        "  export paths:\n"
        "    - path: /home\n"
        "      options: rw,sync\n"
        "    - path: \"/opt: #1\"\n"
        "image mounts:\n"
        "- source: /etc/resolv.conf\n"
        "  readonly: true\n"
        "empty: {}\n"
        "profiles: [default, 'it''s']\n"
        "none:\n"
        "last: ~\n",
        "conf");
    CHECK(value.text("ipaddr") == "10.0.0.1");
    REQUIRE(value.find("nfs") != nullptr);
    const YamlValue& nfs = *value.find("nfs");
    CHECK(nfs.text("enabled") == "true");
    REQUIRE(nfs.find("export paths")->items.size() == 2);
    CHECK(nfs.find("export paths")->items[0].text("options") == "rw,sync");
    CHECK(nfs.find("export paths")->items[1].text("path") == "/opt: #1");
    REQUIRE(value.find("image mounts")->items.size() == 1);
    CHECK(value.find("image mounts")->items[0].text("readonly") == "true");
    CHECK(value.find("empty")->members.empty());
    REQUIRE(value.find("profiles")->items.size() == 2);
    CHECK(value.find("profiles")->items[1].scalar == "it's");
    CHECK(value.text("none").empty());
    CHECK(value.text("last").empty());
    CHECK(value.find("missing") == nullptr);
}

TEST_CASE("a name with a colon in it and long texts don't confuse it") {
    const YamlValue value = parse_block_yaml(
        "nodes:\n"
        "  n1:\n"
        "    comment: |\n"
        "      image name: no\n"
        "    image name: rocky:9\n"
        "    hwaddr: 00:11:22:33:44:55\n",
        "nodes.conf");
    const YamlValue* const node = value.find("nodes")->find("n1");
    REQUIRE(node != nullptr);
    CHECK(node->text("image name") == "rocky:9");
    CHECK(node->text("hwaddr") == "00:11:22:33:44:55");
}

TEST_CASE("texts that go on below, as Warewulf up to 4.5 wrote long ones") {
    const YamlValue value = parse_block_yaml(
        "nodes:\n"
        "  n1:\n"
        "    kernel:\n"
        "      args: quiet crashkernel=no vga=791 net.naming-scheme=v238 console=tty0\n"
        "        console=ttyS1,115200 rd.debug\n"
        "    comment: \"one: two\n"
        "      three: four\"\n"
        "    image name: rocky\n"
        "    tags:\n"
        "    - first\n"
        "      more\n"
        "    - second\n",
        "nodes.conf");
    const YamlValue& node = *value.find("nodes")->find("n1");
    CHECK(
        node.find("kernel")->text("args") == "quiet crashkernel=no vga=791 net.naming-scheme=v238 "
                                             "console=tty0 console=ttyS1,115200 rd.debug");
    CHECK(node.text("comment") == "one: two three: four");
    CHECK(node.text("image name") == "rocky");
    REQUIRE(node.find("tags")->items.size() == 2);
    CHECK(node.find("tags")->items[0].scalar == "first more");
}

TEST_CASE("brackets hold brackets, over several lines too") {
    const YamlValue value = parse_block_yaml(
        "nodes:\n"
        "  n1: {profiles: [default, \"a, b\"], image name: rocky}\n"
        "  n2: {\n"
        "    profiles: [\n"
        "      default\n"
        "    ]\n"
        "  }\n"
        "  n3: {}\n",
        "nodes.conf");
    const YamlValue& nodes = *value.find("nodes");
    REQUIRE(nodes.members.size() == 3);
    CHECK(nodes.find("n1")->text("image name") == "rocky");
    REQUIRE(nodes.find("n1")->find("profiles")->items.size() == 2);
    CHECK(nodes.find("n1")->find("profiles")->items[1].scalar == "a, b");
    REQUIRE(nodes.find("n2")->find("profiles")->items.size() == 1);
    CHECK(nodes.find("n2")->find("profiles")->items[0].scalar == "default");
    const YamlValue whole = parse_block_yaml(R"({"nodes": {"n1": {"image name": "a"}}})", "conf");
    CHECK(whole.find("nodes")->find("n1")->text("image name") == "a");
}

TEST_CASE("what is not understood is never taken for something else") {
    const auto message_of = [](const std::string& text) {
        try {
            parse_block_yaml(text, "conf");
        } catch (const base::Error& error) {
            return std::to_string(error.position()->line) + ": " + error.what();
        }
        return std::string("none");
    };
    CHECK(message_of("a: 1\nb: &x\n  c: 1\n") == "2: anchors, aliases and tags are not understood");
    CHECK(message_of("b:\n  <<: *x\n") == "2: anchors, aliases and tags are not understood");
    CHECK(message_of("a: x\n  b: y\n") == "2: this line's indentation fits nothing above it");
    CHECK(message_of("a: [x]\n  y\n") == "2: this line's indentation fits nothing above it");
    CHECK(
        message_of("a: 1\nb: {x: [1\nc: 2\n") ==
        "2: the quotation or bracket that begins here has no end");
    CHECK(message_of("a: {x}\n") == "1: expected \"NAME: VALUE\" in the brackets");
    CHECK(
        message_of("a: " + std::string(1000, '[') + std::string(1000, ']') + "\n") ==
        "1: nested too deeply");
}

TEST_CASE("what can't be read is named with its line") {
    try {
        parse_block_yaml("a:\n  b: 1\n c: 2\n", "conf");
        FAIL("no error");
    } catch (const base::Error& error) {
        REQUIRE(error.position());
        CHECK(error.position()->line == 3);
        CHECK(error.position()->file == "conf");
    }
    CHECK_THROWS_AS(parse_block_yaml("a: 1\nb\n", "conf"), base::Error);
    std::string deep;
    for (int i = 0; i < 1000; ++i) {
        deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    }
    CHECK_THROWS_AS(parse_block_yaml(deep, "conf"), base::Error);
}

TEST_CASE("nothing is nothing") {
    CHECK(parse_block_yaml("", "conf").members.empty());
    CHECK(parse_block_yaml("# only\n\n", "conf").members.empty());
}
