// SPDX-License-Identifier: Apache-2.0
#include "check/resolve.hpp"

#include "unit/check/scene.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using check::resolve;
using test::Scene;

namespace {

/// Where `path` leads to; "-" if to nothing.
std::string end_of(const Scene& scene, std::string_view path) {
    const tree::Inventory inventory = scene.inventory();
    const tree::Entry* const entry = resolve(inventory, path);
    return entry == nullptr ? "-" : "/" + entry->path;
}

} // namespace

TEST_SUITE("resolve") {
    TEST_CASE("links are followed inside the root") {
        Scene scene;
        scene.file("usr/sbin/init").file("etc/target");
        scene.link("sbin", "usr/sbin").link("absolute", "/etc/target");
        scene.link("usr/lib/up", "../../etc/target").link("usr/lib/far", "../../../../etc/target");
        scene.link("etc/chain", "../absolute").link("dangling", "nowhere/at/all");
        CHECK(end_of(scene, "sbin/init") == "/usr/sbin/init");
        CHECK(end_of(scene, "/sbin/init") == "/usr/sbin/init");
        CHECK(end_of(scene, "sbin") == "/usr/sbin");
        CHECK(end_of(scene, "absolute") == "/etc/target");
        CHECK(end_of(scene, "usr/lib/up") == "/etc/target");
        CHECK(end_of(scene, "etc/chain") == "/etc/target");
        CHECK(end_of(scene, "dangling") == "-");
        CHECK(end_of(scene, "usr/none") == "-");
        // The root is its own parent.
        CHECK(end_of(scene, "usr/lib/far") == "/etc/target");
        CHECK(end_of(scene, "../../sbin/./init") == "/usr/sbin/init");
        CHECK(end_of(scene, "") == "/");
        CHECK(end_of(scene, "usr/..") == "/");
    }

    TEST_CASE("a file has nothing below it") {
        Scene scene;
        scene.file("etc/file");
        CHECK(end_of(scene, "etc/file/below") == "-");
        CHECK(end_of(scene, "etc/file/..") == "-");
        CHECK(end_of(scene, "etc/missing/..") == "-");
    }

    TEST_CASE("as many links as Linux follows, and no loop") {
        Scene scene;
        scene.link("loop", "loop").link("a", "b").link("b", "a").link("self/in", ".");
        CHECK(end_of(scene, "loop") == "-");
        CHECK(end_of(scene, "a") == "-");
        CHECK(end_of(scene, "self/in/in/in") == "/self");
        scene.file("end");
        scene.link("l1", "end");
        for (int i = 2; i <= 41; ++i) {
            scene.link("l" + std::to_string(i), "l" + std::to_string(i - 1));
        }
        CHECK(end_of(scene, "l40") == "/end");
        CHECK(end_of(scene, "l41") == "-");
    }
}
