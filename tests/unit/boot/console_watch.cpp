// SPDX-License-Identifier: Apache-2.0
#include "boot/console_watch.hpp"

#include <doctest/doctest.h>

#include <string>

using imgbuild::boot::ConsoleWatch;

using Lines = std::vector<std::string>;

TEST_CASE("a text is found once it is complete") {
    ConsoleWatch watch({"login: ", "Reached target"});
    CHECK_FALSE(watch.add("Debian GNU/Linux 12\nnode login:"));
    CHECK(watch.found().empty());
    CHECK(watch.add(" "));
    CHECK(watch.found() == "login: ");
}

TEST_CASE("a text may be cut anywhere") {
    const std::string console = "[  OK  ] Reached target multi-user.target\r\n";
    for (std::size_t cut = 0; cut <= console.size(); ++cut) {
        CAPTURE(cut);
        ConsoleWatch watch({"target multi-user"});
        watch.add(console.substr(0, cut));
        CHECK(watch.add(console.substr(cut)));
    }
}

TEST_CASE("colours inside a text don't hide it") {
    const std::string console = "[\x1b[0;32m  OK  \x1b[0m] Reached \x1b[0;1;39mtarget\x1b[0m x";
    for (std::size_t cut = 0; cut <= console.size(); ++cut) {
        CAPTURE(cut);
        ConsoleWatch watch({"] Reached target x"});
        watch.add(console.substr(0, cut));
        CHECK(watch.add(console.substr(cut)));
    }
    ConsoleWatch watch({"32m"});
    CHECK_FALSE(watch.add(console));
    CHECK(watch.last_lines() == Lines{"[  OK  ] Reached target x"});
}

TEST_CASE("short escapes are left out too") {
    ConsoleWatch watch({"ab"});
    CHECK(watch.add("a\x1b"
                    "cb"));
}

TEST_CASE("the first text that appears is kept") {
    ConsoleWatch watch({"second", "first"});
    CHECK(watch.add("first\nsecond\n"));
    CHECK(watch.found() == "first");
    CHECK(watch.add("second\n"));
    CHECK(watch.found() == "first");
}

TEST_CASE("a text does not reach over a line end") {
    ConsoleWatch watch({"ab"});
    CHECK_FALSE(watch.add("a\nb"));
}

TEST_CASE("the last thirty lines are kept, an unfinished one included") {
    ConsoleWatch watch({"never"});
    CHECK(watch.last_lines().empty());
    for (int i = 0; i < 40; ++i) {
        watch.add("line " + std::to_string(i) + "\r\n");
    }
    REQUIRE(watch.last_lines().size() == 30);
    CHECK(watch.last_lines().front() == "line 10");
    CHECK(watch.last_lines().back() == "line 39");
    watch.add("begun");
    REQUIRE(watch.last_lines().size() == 30);
    CHECK(watch.last_lines().front() == "line 11");
    CHECK(watch.last_lines().back() == "begun");
}

TEST_CASE("a line without end takes bounded memory") {
    ConsoleWatch watch({"never"});
    for (int i = 0; i < 100; ++i) {
        watch.add(std::string(4096, 'x'));
    }
    std::size_t kept = 0;
    for (const std::string& line : watch.last_lines()) {
        CHECK(line.size() <= 4096);
        kept += line.size();
    }
    CHECK(kept <= 31 * 4096);
}
