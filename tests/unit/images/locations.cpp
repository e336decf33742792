// SPDX-License-Identifier: Apache-2.0
#include "images/locations.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/node_use.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using images::find_locations;
using images::Locations;
using test::TemporaryDirectory;

TEST_CASE("without Warewulf images are imgbuild's own") {
    const TemporaryDirectory top;
    const config::Host root(top.path(), {}, true);
    CHECK(find_locations(root, {}).chroots == top / "var/lib/imgbuild/chroots");
    CHECK_FALSE(find_locations(root, {}).is_warewulf);
    const config::Host user(top.path(), {{"HOME", "/home/u"}}, false);
    CHECK(find_locations(user, {}).output == "/home/u/.local/state/imgbuild/provision/images");
    const config::Host other(top.path(), {{"XDG_STATE_HOME", "/s"}}, false);
    CHECK(find_locations(other, {}).chroots == "/s/imgbuild/chroots");
    CHECK(find_locations(root, {.directory = "/x"}).chroots == "/x/chroots");
    CHECK_THROWS_AS(find_locations(root, {.directory = "/x", .warewulf = true}), base::UsageError);
    CHECK_THROWS_AS(find_locations(root, {.warewulf_conf = top / "none"}), base::UsageError);
}

TEST_CASE("warewulf.conf says where Warewulf's images are") {
    const TemporaryDirectory top;
    const config::Host host(top.path(), {}, true);
    base::make_directories(top / "etc/warewulf");
    base::replace_file(
        top / "etc/warewulf/warewulf.conf",
        "paths:\n  wwchrootdir: /srv/chroots\n  wwprovisiondir: /srv/provision\n"
        "container mounts:\n- source: /etc/hosts\n  dest: /etc/hosts.host\n  readonly: true\n");
    const Locations locations = find_locations(host, {});
    CHECK(locations.is_warewulf);
    CHECK(locations.chroots == "/srv/chroots");
    CHECK(locations.output == "/srv/provision/images");
    CHECK(locations.overlays == "/srv/provision/overlays");
    CHECK(locations.nodes_file == top / "etc/warewulf/nodes.conf");
    REQUIRE(locations.mounts.size() == 1);
    CHECK(locations.mounts[0].target == "/etc/hosts.host");
    CHECK(locations.mounts[0].read_only);
    CHECK_FALSE(find_locations(host, {.directory = "/x"}).is_warewulf);
}

TEST_CASE("older versions have another directory for what nodes load") {
    const TemporaryDirectory top;
    const config::Host host(top.path(), {}, true);
    base::make_directories(top / "var/lib/warewulf/provision/container");
    CHECK(
        find_locations(host, {.warewulf = true}).output ==
        top / "var/lib/warewulf/provision/container");
    base::make_directories(top / "var/lib/warewulf/provision/images");
    CHECK(
        find_locations(host, {.warewulf = true}).output ==
        top / "var/lib/warewulf/provision/images");
}

TEST_CASE("nodes.conf says who uses an image") {
    const TemporaryDirectory top;
    const std::string file = top / "nodes.conf";
    base::replace_file(
        file,
        "nodeprofiles:\n"
        "  default:\n    image name: rocky\n"
        "  gpu:\n    container name: cuda\n"
        "nodes:\n"
        "  n1:\n    profiles:\n    - default\n"
        "  n2:\n    profiles: [default, gpu]\n"
        "  n3:\n    profiles:\n    - default\n    image name: debian\n"
        "  n4: {}\n");
    const auto uses = images::read_node_use(file);
    CHECK(uses.at("rocky").nodes == std::vector<std::string>{"n1"});
    CHECK(uses.at("rocky").profiles == std::vector<std::string>{"default"});
    CHECK(uses.at("cuda").nodes == std::vector<std::string>{"n2"});
    CHECK(uses.at("debian").nodes == std::vector<std::string>{"n3"});
    CHECK(images::describe(uses.at("cuda")) == "the node n2 and the profile gpu");
    CHECK(images::read_node_use(top / "none").empty());
}

TEST_CASE("profiles of profiles, and those that are taken back") {
    const TemporaryDirectory top;
    const std::string file = top / "nodes.conf";
    base::replace_file(
        file,
        "nodeprofiles:\n"
        "  base:\n    image name: rocky\n"
        "  gpu:\n    profiles: [base]\n    image name: cuda\n"
        "  rack:\n    profiles:\n    - base\n    - none\n"
        "  round:\n    profiles: [round, rack]\n"
        "nodes:\n"
        "  n1:\n    profiles: [rack]\n"
        "  n2:\n    profiles: [gpu, base]\n"
        "  n3:\n    profiles: [gpu, \"~gpu\"]\n"
        "  n4:\n    profiles: [base, ~base]\n"
        "  n5:\n    profiles: [round]\n"
        "  n6: {}\n");
    const auto uses = images::read_node_use(file);
    CHECK(uses.at("rocky").nodes == std::vector<std::string>{"n1", "n3", "n5"});
    CHECK(uses.at("rocky").profiles == std::vector<std::string>{"base"});
    CHECK(uses.at("cuda").nodes == std::vector<std::string>{"n2"});
    CHECK(uses.size() == 2);
}

TEST_CASE("until Warewulf 4.5 a node without profiles had the default one") {
    const TemporaryDirectory top;
    const std::string file = top / "nodes.conf";
    const std::string text = "nodeprofiles:\n  default:\n    container name: rocky\n"
                             "nodes:\n  n1: {}\n  n2:\n    profiles: [other]\n";
    base::replace_file(file, "WW_INTERNAL: 45\n" + text);
    CHECK(images::read_node_use(file).at("rocky").nodes == std::vector<std::string>{"n1"});
    base::replace_file(file, text);
    CHECK(images::read_node_use(file).at("rocky").nodes.empty());
}
