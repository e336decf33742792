// SPDX-License-Identifier: Apache-2.0
#include "package/deb_plan.hpp"

#include "base/error.hpp"
#include "package/unmet_dependencies.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using package::archive_file_name;
using package::parse_dpkg_calls;
using package::parse_removals;
using package::parse_simulation;
using package::parse_unmet_dependencies;
using package::PlannedCall;
using package::PlannedPackage;

TEST_SUITE("deb_plan") {
    TEST_CASE("the packages of a simulation, in its order") {
        const auto packages = parse_simulation(
            "Reading package lists...\n"
            "The following NEW packages will be installed:\n"
            "  dash libc6\n"
            "Inst gcc-12-base (12.2.0-14+deb12u1 Debian:12.15/oldstable [amd64])\n"
            "Conf gcc-12-base (12.2.0-14+deb12u1 Debian:12.15/oldstable [amd64])\n"
            "Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable, Debian:12/x [amd64]) []\n"
            "Inst bsdutils (1:2.38.1-5+deb12u3 Debian:12.15/oldstable [all]) [a b on c ]\n");
        CHECK(
            packages == std::vector<PlannedPackage>{
                            {"gcc-12-base", "12.2.0-14+deb12u1", "amd64"},
                            {"libc6", "2.36-9+deb12u14", "amd64"},
                            {"bsdutils", "1:2.38.1-5+deb12u3", "all"}});
        CHECK_THROWS_WITH_AS(
            parse_simulation("Inst odd line\n"),
            "apt-get printed what imgbuild can't follow: 'Inst odd line'",
            base::Error);
    }

    TEST_CASE("the calls of dpkg") {
        const auto calls = parse_dpkg_calls(
            "Reading package lists...\n"
            "/usr/bin/dpkg --status-fd 9 --no-triggers --unpack --auto-deconfigure "
            "/w/cache/archives/libcap2_1%3a2.66-4+deb12u3+b1_amd64.deb "
            "/w/cache/archives/libattr1_1%3a2.5.1-4_amd64.deb \n"
            "/usr/bin/dpkg --status-fd 9 --no-triggers --configure libattr1:amd64 libcap2:amd64 \n"
            "/usr/bin/dpkg --status-fd 9 --configure --pending \n");
        REQUIRE(calls.size() == 3);
        CHECK(calls[0].action == PlannedCall::Action::unpack);
        CHECK(
            calls[0].packages ==
            std::vector<PlannedPackage>{
                {"libcap2", "1:2.66-4+deb12u3+b1", "amd64"}, {"libattr1", "1:2.5.1-4", "amd64"}});
        CHECK(calls[1].action == PlannedCall::Action::configure);
        CHECK(
            calls[1].packages ==
            std::vector<PlannedPackage>{{"libattr1", "", "amd64"}, {"libcap2", "", "amd64"}});
        CHECK(calls[2].action == PlannedCall::Action::configure);
        CHECK(calls[2].packages.empty());
    }

    TEST_CASE("a plan that does more than install is refused") {
        for (const char* const line :
             {"/usr/bin/dpkg --status-fd 9 --force-depends --remove dash:amd64",
              "/usr/bin/dpkg --status-fd 9 --no-triggers --unpack --recursive /tmp/x",
              "/usr/bin/dpkg --status-fd 9 --no-triggers --unpack /tmp/x.deb",
              "/usr/bin/dpkg --status-fd 9 --configure",
              "/usr/bin/dpkg --status-fd 9 --configure dash"}) {
            CAPTURE(line);
            CHECK_THROWS_AS(parse_dpkg_calls(line), base::Error);
        }
    }

    TEST_CASE("names in apt's cache of archives") {
        CHECK(
            archive_file_name({"libc6", "1:2.3~rc_1", "amd64"}) ==
            "libc6_1%3a2.3~rc%5f1_amd64.deb");
    }

    TEST_CASE("removals") {
        CHECK(
            parse_removals("Remv nano [7.2-1+deb12u1]\nRemv libncursesw6 [6.4-4]\nConf x\n") ==
            std::vector<std::string>{"nano", "libncursesw6"});
    }

    TEST_CASE("apt's explanation of what can't be installed") {
        const auto packages = parse_unmet_dependencies(
            "Some packages could not be installed.\n"
            "The following packages have unmet dependencies:\n"
            " needs-more : Depends: missing-lib (>= 2) but it is not installable\n"
            "              Depends: old-lib (< 1) but 1.9 is to be installed\n"
            " other:amd64 : Conflicts: needs-more\n"
            "E: Unable to correct problems, you have held broken packages.\n");
        REQUIRE(packages.size() == 2);
        CHECK(packages[0].name == "needs-more");
        CHECK(
            packages[0].reasons == std::vector<std::string>{
                                       "Depends: missing-lib (>= 2) but it is not installable",
                                       "Depends: old-lib (< 1) but 1.9 is to be installed"});
        CHECK(packages[1].name == "other");
        CHECK(packages[1].reasons == std::vector<std::string>{"Conflicts: needs-more"});
    }
}
