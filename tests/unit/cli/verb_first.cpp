// SPDX-License-Identifier: Apache-2.0
#include "cli/verb_first.hpp"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

using Words = std::vector<std::string>;

TEST_CASE("a verb's options may stand before it") {
    CLI::App app;
    app.add_option("--store");
    CLI::App* const build = app.add_subcommand("build");
    build->add_option("--profile");
    build->add_flag("--refresh");
    app.add_subcommand("boot");
    const auto first = [&app](const Words& words) { return imgbuild::cli::verb_first(app, words); };
    CHECK(first({"--profile", "boot", "build", "d"}) == Words{"build", "--profile", "boot", "d"});
    CHECK(
        first({"--refresh", "--store", "s", "build", "d"}) ==
        Words{"build", "--refresh", "--store", "s", "d"});
    CHECK(first({"--profile=a", "build"}) == Words{"build", "--profile=a"});
    CHECK(first({"build", "--profile", "boot"}) == Words{"build", "--profile", "boot"});
    // What is wrong stays as it is, for the message.
    CHECK(first({"--profile", "a", "bild", "boot"}) == Words{"--profile", "a", "bild", "boot"});
    CHECK(first({"--", "build"}) == Words{"--", "build"});
    CHECK(first({"--nope", "build"}) == Words{"build", "--nope"});
    CHECK(first({"--profile"}) == Words{"--profile"});
    CHECK(first({}).empty());
}
