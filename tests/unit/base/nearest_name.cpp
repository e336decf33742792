// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::base;

TEST_CASE("edit distance counts swaps of neighbours once") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("pakcage", "package") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("only near names are proposed, nearest first") {
    CHECK(
        nearest_names("chrnoy", {"chrony", "cron", "systemd"}) ==
        std::vector<std::string>{"chrony"});
    CHECK(nearest_names("xyz", {"chrony"}).empty());
    CHECK(nearest_names("abcd", {"abcf", "abce", "abcg", "abch"}, 2).size() == 2);
}

TEST_CASE("an abbreviation stands for few names only") {
    CHECK(
        nearest_names("repo", {"users", "repository", "packages"}) ==
        std::vector<std::string>{"repository"});
    CHECK(nearest_names("lib", {"libalpha", "libbeta", "libgamma", "libdelta"}).empty());
    CHECK(nearest_names("re", {"repository"}).empty());
}

TEST_CASE("did_you_mean reads as a sentence") {
    CHECK(did_you_mean("abcd", {"abce", "abcf", "abcg"}) == "did you mean abce, abcf or abcg?");
    CHECK(did_you_mean("abcd", {"abce"}) == "did you mean abce?");
    CHECK(did_you_mean("abcd", {}).empty());
}
