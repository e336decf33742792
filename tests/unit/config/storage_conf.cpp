// SPDX-License-Identifier: Apache-2.0
#include "config/storage_conf.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

namespace {

std::string with_store(const std::string& text) {
    return config::with_image_store(text, "/store", "storage.conf");
}

constexpr const char* line = "additionalimagestores = [ \"/store\" ]\n";

} // namespace

TEST_CASE("an image store is added below the table that is there") {
    const std::string above = "[storage]\ndriver = \"overlay\"\n";
    for (const std::string header :
         {"[storage.options]\n", "[storage.options] # comment\n", " [ storage . options ]\n"}) {
        CHECK(
            with_store(above + header + "size = \"\"\n") ==
            above + header + line + "size = \"\"\n");
    }
    CHECK(with_store(above + "[storage.options]") == above + "[storage.options]\n" + line);
    const std::string quoted = "note = \"\"\"\n[storage.options]\n\"\"\"\n";
    CHECK(with_store(quoted + "[storage.options]\n") == quoted + "[storage.options]\n" + line);
}

TEST_CASE("an image store is added where there is no such table") {
    CHECK(
        with_store("[storage]\ndriver = \"overlay\"") ==
        std::string("[storage]\ndriver = \"overlay\"\n\n[storage.options]\n") + line);
    CHECK(
        with_store("[storage.options.overlay]\nmountopt = \"nodev\"\n") ==
        std::string("[storage.options.overlay]\nmountopt = \"nodev\"\n\n[storage.options]\n") +
            line);
    CHECK(
        with_store("[storage]\noptions.size = \"\"\n") ==
        std::string("[storage]\noptions.") + line + "options.size = \"\"\n");
    CHECK(
        with_store("storage.options.size = \"\"\n") ==
        std::string("storage.options.") + line + "storage.options.size = \"\"\n");
    const std::string defaults = "[storage]\n"
                                 "driver = \"overlay\"\n"
                                 "runroot = \"/run/containers/storage\"\n"
                                 "graphroot = \"/var/lib/containers/storage\"\n"
                                 "\n"
                                 "[storage.options]\n";
    CHECK(with_store("") == defaults + line);
    CHECK(with_store("# nothing\n") == "# nothing\n" + defaults + line);
}

TEST_CASE("an image store is put into an empty list") {
    const std::string above = "# default\n[storage.options] # how\n# stores\n";
    CHECK(
        with_store(above + "additionalimagestores = [\n]\n\n[storage.options.overlay]\n") ==
        above + line + "\n[storage.options.overlay]\n");
    CHECK(
        with_store(above + "additionalimagestores = [] # none\n") ==
        above + "additionalimagestores = [ \"/store\" ] # none\n");
    CHECK(with_store(above + line) == above + line);
}

TEST_CASE("texts that no image store can be added to") {
    CHECK_THROWS_WITH_AS(
        with_store("[storage.options]\nadditionalimagestores = [\"/other\"]\n"),
        "storage.conf names additional image stores already",
        base::UsageError);
    CHECK_THROWS_WITH_AS(
        with_store("[storage.options]\nadditionalimagestores = \"/other\"\n"),
        "storage.conf: additionalimagestores is no list",
        base::UsageError);
    for (const char* const text : {"[storage]\noptions = { size = \"\" }\n", "storage = 1\n"}) {
        CHECK_THROWS_WITH_AS(
            with_store(text),
            "storage.conf: there is no place for another line in it",
            base::UsageError);
    }
}
