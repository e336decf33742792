// SPDX-License-Identifier: Apache-2.0
#include "package/reduced_index.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace imgbuild;
using package::names_in_status;
using package::PackagesIndex;
using package::reduced_index;

namespace {

std::string stanza(std::string_view name, std::string_view fields) {
    return "Package: " + std::string(name) + "\nVersion: 1\nArchitecture: all\nFilename: x.deb\n" +
           std::string(fields) + "\n";
}

struct Scene {
    Scene() {
        index.add(
            stanza("node", "Depends: mta | mail (>= 2), libc:any [amd64]\nPre-Depends: init\n") +
                stanza("node", "Version: 2\nDepends: newer\n") + stanza("newer", "") +
                stanza("mta", "Recommends: docs\nSuggests: suggested\nConflicts: rival\n") +
                stanza("postfix", "Provides: mail (= 3), other\nBreaks: broken\n") +
                stanza("rival", "") + stanza("suggested", "") + stanza("broken", ""),
            0);
        index.add(
            stanza("libc", "Depends: node\n") + stanza("init", "") + stanza("docs", "") +
                stanza("stranger", "Depends: node\n"),
            1);
    }

    /// The names of both files, parted by "/".
    std::string
    reduced(const std::set<std::string, std::less<>>& names, bool with_recommended = false) const {
        std::string text;
        for (const std::string& file : reduced_index(index, 2, names, with_recommended)) {
            PackagesIndex found;
            found.add(file, 0);
            for (const package::PackageRecord& record : found.records()) {
                text += std::string(record.name) + " ";
            }
            text += "/";
        }
        return text;
    }

    PackagesIndex index;
};

} // namespace

TEST_SUITE("reduced_index") {
    TEST_CASE("dependencies of all versions, all alternatives, and who provides them") {
        const Scene scene;
        CHECK(scene.reduced({"node"}) == "node node newer mta postfix /libc init /");
        CHECK(scene.reduced({"docs", "no-such"}).ends_with("/docs /"));
        CHECK(scene.reduced({"other"}) == "postfix //");
        CHECK(scene.reduced({}) == "//");
    }

    TEST_CASE("what is recommended is followed on request, what is suggested never") {
        CHECK(Scene().reduced({"mta"}) == "node mta //");
        CHECK(Scene().reduced({"mta"}, true) == "node mta /docs /");
    }

    TEST_CASE("stanzas stay as they are; who mentions them first stays with just that") {
        PackagesIndex index;
        index.add(
            stanza(
                "early",
                "Suggests: nobody, second (>= 1) | first\nReplaces: first\n"
                "Recommends: nothing\n") +
                stanza("again", "Depends: first, second\n") +
                stanza("first", "Provides: it\nDescription: one\n two\n") +
                stanza("second", "Provides: it\n") + stanza("late", "Depends: first\n"),
            0);
        CHECK(
            reduced_index(index, 1, {"it"}, false) ==
            std::vector<std::string>{
                stanza("early", "Suggests: second, first\n") +
                stanza("first", "Provides: it\nDescription: one\n two\n") +
                stanza("second", "Provides: it\n")});
    }

    TEST_CASE("what is installed already has names, too") {
        CHECK(
            names_in_status("Package: a\nStatus: install ok installed\nDepends: b (>= 1) | c\n\n"
                            "Package: d\nPre-Depends: e:any\nRecommends: f\nBreaks: g\n") ==
            std::set<std::string, std::less<>>{"a", "b", "c", "d", "e", "f"});
    }
}
