// SPDX-License-Identifier: Apache-2.0
#include "package/packages_index.hpp"

#include "package/base_packages.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace imgbuild;
using package::base_packages;
using package::dependency_names;
using package::PackageRecord;
using package::PackagesIndex;

namespace {

constexpr const char* libc_and_mailers =
    "Package: libc6\n"
    "Source: glibc\n"
    "Version: 2.36-9+deb12u14\n"
    "Installed-Size: 13001\n"
    "Architecture: amd64\n"
    "Depends: libgcc-s1\n"
    "Description: GNU C Library: Shared libraries\n"
    " Contains the standard libraries that are used by nearly all programs.\n"
    " Version: none of it\n"
    "Multi-Arch: same\n"
    "Filename: pool/main/g/glibc/libc6_2.36-9+deb12u14_amd64.deb\n"
    "Size: 2759320\n"
    "SHA256: ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf\n"
    "\n"
    "\n"
    "Package: exim4-daemon-light\n"
    "Version: 4.96-15\n"
    "Architecture: amd64\n"
    "Provides: mail-transport-agent, exim4-localscanapi-5.0 (= 1), mail-transport-agent\n"
    "Filename: pool/e.deb\n"
    "\n"
    "Package: postfix\n"
    "Version: 3.7.11-0\n"
    "Essential: yes\n"
    "Architecture: amd64\n"
    "Pre-Depends: libc6 (>= 2.34)\n"
    "Provides: mail-transport-agent\n"
    "Filename: pool/p.deb\n"
    "\n"
    "Package: no-file\n"
    "Version: 1\n"
    "Architecture: amd64\n";

} // namespace

TEST_SUITE("packages_index") {
    TEST_CASE("stanzas become records") {
        PackagesIndex index;
        index.add(libc_and_mailers, 3);
        REQUIRE(index.records().size() == 3);
        const PackageRecord& libc = index.records()[0];
        CHECK(libc.name == "libc6");
        CHECK(libc.version == "2.36-9+deb12u14");
        CHECK(libc.architecture == "amd64");
        CHECK(libc.filename == "pool/main/g/glibc/libc6_2.36-9+deb12u14_amd64.deb");
        CHECK(libc.size == 2759320);
        CHECK(libc.installed_size == 13001);
        CHECK(libc.sha256 == "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf");
        CHECK(libc.depends == "libgcc-s1");
        CHECK_FALSE(libc.essential);
        CHECK(libc.source == 3);
        CHECK(libc.stanza.starts_with("Package: libc6\n"));
        CHECK(libc.stanza.ends_with("4fbedf"));
        CHECK(index.records()[2].essential);
    }

    TEST_CASE("names and provided names are found") {
        PackagesIndex index;
        index.add(libc_and_mailers, 0);
        index.add("Package: libc6\nVersion: 2.40\nArchitecture: amd64\nFilename: x.deb\n", 1);
        CHECK(index.named("libc6") == std::vector<std::uint32_t>{0, 3});
        CHECK(index.named("libc").empty());
        CHECK(index.named("no-file").empty());
        CHECK(index.providers("mail-transport-agent") == std::vector<std::uint32_t>{1, 2});
        CHECK(index.providers("exim4-localscanapi-5.0") == std::vector<std::uint32_t>{1});
        CHECK(index.providers("libc6").empty());
        std::vector<std::string_view> names = index.names();
        std::sort(names.begin(), names.end());
        CHECK(
            names == std::vector<std::string_view>{
                         "exim4-daemon-light",
                         "exim4-localscanapi-5.0",
                         "libc6",
                         "mail-transport-agent",
                         "postfix"});
    }

    TEST_CASE("names that could be taken for paths or options offer nothing") {
        PackagesIndex index;
        for (const char* const name : {"../../x", "-o", "a b", "a;b", ".a", ""}) {
            index.add(
                "Package: " + std::string(name) +
                    "\nVersion: 1\nArchitecture: amd64\nFilename: x\n",
                0);
        }
        index.add("Package: a\nVersion: 1/2\nArchitecture: amd64\nFilename: x\n", 0);
        index.add("Package: a\nVersion: 1\nArchitecture: ../a\nFilename: x\n", 0);
        CHECK(index.records().empty());
        index.add(
            "Package: g++-1.0\nVersion: 1:2~b+c-3\nArchitecture: kfreebsd-i386\nFilename: x", 0);
        CHECK(index.records().size() == 1);
    }

    TEST_CASE("an index survives being moved") {
        PackagesIndex index;
        index.add("Package: a\nVersion: 1\nArchitecture: all\nFilename: a.deb\n", 0);
        const PackagesIndex moved = std::move(index);
        CHECK(moved.records().front().name == "a");
        CHECK(moved.named("a").size() == 1);
    }

    TEST_CASE("dependencies are read as groups of alternatives") {
        CHECK(dependency_names("").empty());
        CHECK(
            dependency_names(
                "libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, perl:any,\n x [amd64]") ==
            std::vector<std::vector<std::string_view>>{
                {"libc6"}, {"debconf", "debconf-2.0"}, {"perl"}, {"x"}});
    }

    TEST_CASE("the base is what essential packages need, alternatives as chosen") {
        PackageRecord tool;
        tool.name = "tool";
        tool.essential = true;
        tool.pre_depends = "lib (>= 1)";
        tool.depends = "absent | awk, not-there";
        PackageRecord lib;
        lib.name = "lib";
        lib.depends = "tool";
        PackageRecord gawk;
        gawk.name = "gawk";
        gawk.provides = "awk";
        PackageRecord other;
        other.name = "other";
        CHECK(base_packages({&other, &tool, &gawk, &lib}) == std::vector<std::size_t>{1, 2, 3});
        CHECK(base_packages({&other, &lib}).empty());
    }
}
