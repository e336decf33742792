// SPDX-License-Identifier: Apache-2.0
#include "config/host.hpp"

#include "host_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::config;
using namespace imgbuild::config::test;

TEST_CASE("directories follow the XDG variables, or lie below the home") {
    const Host plain("/r", {{"HOME", "/home/u"}}, false);
    CHECK(plain.user_config_directory() == "/home/u/.config/imgbuild");
    CHECK(plain.default_store() == "/home/u/.cache/imgbuild");
    CHECK(plain.system_config_directory() == "/r/etc/imgbuild");

    const Host moved(
        "", {{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "/c"}, {"XDG_CACHE_HOME", "/k/"}}, false);
    CHECK(moved.user_config_directory() == "/c/imgbuild");
    CHECK(moved.default_store() == "/k/imgbuild");

    const Host relative("", {{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "c"}}, false);
    CHECK(relative.user_config_directory() == "/home/u/.config/imgbuild");

    const Host root("", {{"HOME", "/root"}, {"XDG_CACHE_HOME", "/k"}}, true);
    CHECK(root.default_store() == "/var/cache/imgbuild");
}

TEST_CASE("a user without home has no configuration and must name a store") {
    const Host homeless("", {{"HOME", ""}}, false);
    CHECK_FALSE(homeless.home());
    CHECK_FALSE(homeless.user_config_directory());
    CHECK(
        refusal_of([&] { homeless.default_store(); }) ==
        "there is no home directory to keep the store in | set HOME, or name a directory with "
        "--store");
}

TEST_CASE("this machine has a home") {
    CHECK(Host::current().home());
}

TEST_CASE("files are listed by suffix, in order") {
    const HostDirectory directory;
    directory.put("d/b.conf", "");
    directory.put("d/a.conf", "");
    directory.put("d/c.conf~", "");
    directory.put("d/.conf", "");
    CHECK(
        files_with_suffix(directory / "d", ".conf") ==
        std::vector<std::string>{directory / "d/a.conf", directory / "d/b.conf"});
    CHECK(files_with_suffix(directory / "none", ".conf").empty());
}
