// SPDX-License-Identifier: Apache-2.0
#include "package/deb_installer.hpp"

#include "package/deb_fetcher.hpp"
#include "package/documentation.hpp"
#include "package/extended_states.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

namespace {

package::ResolvedPackage
package_of(const std::string& name, const std::string& architecture, bool automatic) {
    package::ResolvedPackage package;
    package.name = name;
    package.architecture = architecture;
    package.automatic = automatic;
    return package;
}

} // namespace

TEST_SUITE("deb_installer") {
    TEST_CASE("links into /usr") {
        using Names = std::vector<std::string>;
        CHECK(package::merged_directories("x86_64") == Names{"bin", "lib", "sbin", "lib64"});
        CHECK(package::merged_directories("aarch64") == Names{"bin", "lib", "sbin"});
    }

    TEST_CASE("automatic packages are told to apt, sorted") {
        const std::string states = package::extended_states(
            {package_of("zlib1g", "amd64", true),
             package_of("bash", "amd64", false),
             package_of("adduser", "all", true)},
            "amd64");
        CHECK(
            states == "Package: adduser\nArchitecture: amd64\nAuto-Installed: 1\n\n"
                      "Package: zlib1g\nArchitecture: amd64\nAuto-Installed: 1\n\n");
        package::InstalledPackage zlib;
        zlib.name = "zlib1g";
        CHECK(
            package::keep_states(states, {zlib}) ==
            "Package: zlib1g\nArchitecture: amd64\nAuto-Installed: 1\n\n");
        CHECK(package::keep_states(states, {}).empty());
    }

    TEST_CASE("what was automatic below stays so, unless it is asked for") {
        const std::string below = "Package: asked\nArchitecture: amd64\nAuto-Installed: 1\n\n"
                                  "Package: kept\nArchitecture: amd64\nAuto-Installed: 1\n\n"
                                  "Package: manual\nArchitecture: amd64\nAuto-Installed: 0\n\n";
        CHECK(package::is_automatic(below, "kept"));
        CHECK_FALSE(package::is_automatic(below, "manual"));
        CHECK_FALSE(package::is_automatic(below, "other"));
        CHECK(
            package::add_states(
                below,
                {package_of("new", "amd64", true), package_of("manual", "amd64", false)},
                {{"asked:amd64=1.0", {}}},
                "amd64") == "Package: kept\nArchitecture: amd64\nAuto-Installed: 1\n\n"
                            "Package: new\nArchitecture: amd64\nAuto-Installed: 1\n\n");
    }

    TEST_CASE("documentation goes, copyright stays") {
        CHECK(package::is_documentation("usr/share/man/man1/ls.1.gz"));
        CHECK(package::is_documentation("usr/share/doc/bash/README.gz"));
        CHECK_FALSE(package::is_documentation("usr/share/doc/bash/copyright"));
        CHECK_FALSE(package::is_documentation("usr/share/doc/"));
        CHECK_FALSE(package::is_documentation("usr/share/manx/a"));
        const std::vector<std::string> options = package::documentation_options();
        CHECK(options.front() == "--path-exclude=/usr/share/doc/*");
        CHECK(options.back() == "--path-include=/usr/share/doc/*/copyright");
    }

    TEST_CASE("paths of an index become URLs") {
        package::PackageSource source;
        source.url = "http://mirror/debian";
        CHECK(
            package::file_url(source, "./pool/g++_1%3a2~b_all.deb") ==
            "http://mirror/debian/pool/g++_1%253a2~b_all.deb");
        CHECK(package::file_url(source, "a b?c#d") == "http://mirror/debian/a%20b%3Fc%23d");
    }
}
