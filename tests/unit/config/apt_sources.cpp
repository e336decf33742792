// SPDX-License-Identifier: Apache-2.0
#include "config/apt_sources.hpp"

#include "base/text.hpp"
#include "host_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::config;
using namespace imgbuild::config::test;

namespace {

std::string sources_of(const HostDirectory& directory) {
    std::string text;
    for (const AptSource& source : read_apt_sources(directory.host())) {
        text += directory.shown(source.origin) + " " + source.url + " " + source.suite + " " +
                base::join(source.components, ",") + (source.is_third_party ? " (theirs)" : "") +
                "\n";
    }
    return text;
}

} // namespace

TEST_CASE("one-line sources") {
    const HostDirectory directory;
    directory.put(
        "etc/apt/sources.list",
        "# deb http://off/debian bookworm main\n"
        "deb http://one/debian bookworm main contrib # comment\n"
        "deb-src http://source/debian bookworm main\n"
        "\tdeb\t[ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] "
        "http://two/debian bookworm-updates main\n"
        "deb [signed-by=/etc/apt/keyrings/vendor.gpg] http://three/debian bookworm main\n"
        "deb [trusted=yes http://broken/debian bookworm main\n"
        "deb http://short\n"
        "debs http://x/ y main\n"
        "deb http://flat/ ./\n");
    CHECK(
        sources_of(directory) ==
        "ROOT/etc/apt/sources.list:2 http://one/debian bookworm main,contrib\n"
        "ROOT/etc/apt/sources.list:4 http://two/debian bookworm-updates main\n"
        "ROOT/etc/apt/sources.list:5 http://three/debian bookworm main (theirs)\n"
        "ROOT/etc/apt/sources.list:9 http://flat/ ./ \n");
}

TEST_CASE("deb822 sources") {
    const HostDirectory directory;
    directory.put(
        "etc/apt/sources.list.d/debian.sources",
        "# the distribution\n"
        "Types: deb deb-src\n"
        "URIs: http://one/debian\n"
        " http://two/debian\n"
        "Suites: bookworm bookworm-updates\n"
        "# a comment inside\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        "\n"
        "types: deb\nuris: http://off/\nsuites: bookworm\ncomponents: main\nenabled: no\n"
        "\n\n"
        "Types: deb-src\nURIs: http://source/\nSuites: bookworm\nComponents: main\n"
        "\n"
        "Types: deb\nURIs: http://vendor/\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n");
    directory.put("etc/apt/sources.list.d/a.list", "deb http://a/debian sid main\n");
    directory.put("etc/apt/sources.list.d/ignored.bak", "deb http://bak/debian sid main\n");
    CHECK(
        sources_of(directory) ==
        "ROOT/etc/apt/sources.list.d/a.list:1 http://a/debian sid main\n"
        "ROOT/etc/apt/sources.list.d/debian.sources:2 http://one/debian bookworm main\n"
        "ROOT/etc/apt/sources.list.d/debian.sources:2 http://one/debian bookworm-updates main\n"
        "ROOT/etc/apt/sources.list.d/debian.sources:2 http://two/debian bookworm main\n"
        "ROOT/etc/apt/sources.list.d/debian.sources:2 http://two/debian bookworm-updates main\n"
        "ROOT/etc/apt/sources.list.d/debian.sources:22 http://vendor/ bookworm main (theirs)\n");
}

TEST_CASE("a host without apt has no sources") {
    const HostDirectory directory;
    CHECK(sources_of(directory).empty());
}
