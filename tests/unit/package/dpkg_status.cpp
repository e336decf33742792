// SPDX-License-Identifier: Apache-2.0
#include "package/dpkg_status.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using package::DebVersion;
using package::parse_dpkg_status;

TEST_SUITE("dpkg_status") {
    TEST_CASE("installed packages, sorted, with the parts of their version") {
        const auto packages = parse_dpkg_status(
            "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\n"
            "Source: zlib\nVersion: 1:1.2.13.dfsg-1\n\n"
            "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\n"
            "Version: 1\n\n"
            "Package: half\nStatus: install ok unpacked\nArchitecture: amd64\nVersion: 1\n\n"
            "Package: adduser\nStatus: install ok installed\nArchitecture: all\n"
            "Source: adduser-source (3.1)\nVersion: 3.134\nDescription: add users\n more\n");
        REQUIRE(packages.size() == 2);
        CHECK(packages[0].name == "adduser");
        CHECK(packages[0].source == "adduser-source");
        CHECK(packages[0].epoch.empty());
        CHECK(packages[0].version == "3.134");
        CHECK(packages[0].release.empty());
        CHECK(packages[0].architecture == "all");
        CHECK(packages[1].name == "zlib1g");
        CHECK(packages[1].source == "zlib");
        CHECK(packages[1].epoch == "1");
        CHECK(packages[1].version == "1.2.13.dfsg");
        CHECK(packages[1].release == "1");
    }

    TEST_CASE("a version's last dash and first colon part it") {
        const DebVersion version = DebVersion::parse("2:1.0-rc-3+b1");
        CHECK(version.epoch == "2");
        CHECK(version.upstream == "1.0-rc");
        CHECK(version.revision == "3+b1");
    }

    TEST_CASE("a database without some packages, and the version of one") {
        const std::string adduser = "Package: adduser\nStatus: install ok installed\n"
                                    "Architecture: all\nVersion: 1:3.134-2\n\n";
        const std::string dpkg = "Package: dpkg\nStatus: install ok installed\n"
                                 "Architecture: amd64\nVersion: 1.21\n\n";
        CHECK(package::installed_version(adduser + dpkg, "adduser") == "1:3.134-2");
        CHECK(package::installed_version(adduser + dpkg, "dpkg") == "1.21");
        CHECK(package::installed_version(adduser + dpkg, "zlib").empty());
        package::ResolvedPackage replaced;
        replaced.name = "adduser";
        replaced.architecture = "amd64";
        CHECK(package::status_without(adduser + dpkg, {replaced}) == dpkg);
        replaced.name = "dpkg";
        CHECK(package::status_without(adduser + dpkg, {replaced}) == adduser);
        replaced.architecture = "i386";
        CHECK(package::status_without(adduser + dpkg, {replaced}) == adduser + dpkg);
    }
}
