// SPDX-License-Identifier: Apache-2.0
#include "package/wanted_names.hpp"

#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using package::check_wanted_names;
using package::NameParts;
using package::PackageRequest;
using package::PackagesIndex;
using package::SourceRelease;
using package::WantedNames;

namespace {

PackagesIndex sample_index() {
    PackagesIndex index;
    index.add(
        "Package: openssh-server\nVersion: 1:9.2\nArchitecture: amd64\nFilename: a\n"
        "Provides: ssh-server\n\n"
        "Package: postfix\nVersion: 3\nArchitecture: amd64\nFilename: b\nProvides: mta\n\n"
        "Package: exim4\nVersion: 4\nArchitecture: all\nFilename: c\nProvides: mta\n",
        0);
    index.add("Package: openssh-server\nVersion: 1:9.9\nArchitecture: amd64\nFilename: d\n", 1);
    return index;
}

std::vector<SourceRelease> sample_releases() {
    std::vector<SourceRelease> releases(2);
    releases[0].release.suite = "oldstable";
    releases[0].release.codename = "bookworm";
    releases[1].release.codename = "bookworm-backports";
    return releases;
}

WantedNames check(const std::vector<std::string>& names) {
    PackageRequest request;
    int line = 10;
    for (const std::string& name : names) {
        request.packages.push_back({name, {"config.xml", line++, 5}});
    }
    return check_wanted_names(request, sample_index(), sample_releases(), "amd64");
}

} // namespace

TEST_SUITE("wanted_names") {
    TEST_CASE("the parts of a name") {
        const NameParts parts = NameParts::parse(" libc6:amd64=2:1.0/x ");
        CHECK(parts.name == "libc6");
        CHECK(parts.architecture == "amd64");
        CHECK(parts.version == "2:1.0/x");
        CHECK(NameParts::parse("vim/bookworm-backports").suite == "bookworm-backports");
    }

    TEST_CASE("names, versions, suites, architectures and single providers are known") {
        const WantedNames names = check(
            {"openssh-server",
             "openssh-server=1:9.9",
             "openssh-server/bookworm",
             "openssh-server/oldstable",
             "exim4:amd64",
             "ssh-server",
             "exim4:amd64"});
        CHECK(
            names.arguments == std::vector<std::string>{
                                   "openssh-server",
                                   "openssh-server=1:9.9",
                                   "openssh-server/bookworm",
                                   "openssh-server/oldstable",
                                   "exim4:amd64"});
        CHECK(names.names == std::set<std::string, std::less<>>{"exim4", "openssh-server"});
    }

    TEST_CASE("all names that can't be installed are told at once, each at its line") {
        try {
            check(
                {"opensh-server",
                 "postfix",
                 "mta",
                 "openssh-server=2",
                 "postfix/sid",
                 "postfix:i386",
                 "-o",
                 "zzzzzzzz"});
            FAIL("nothing was thrown");
        } catch (const base::DescriptionError& error) {
            CHECK(error.exit_code() == base::ExitCode::fetch);
            std::vector<std::string> lines;
            for (const base::Diagnostic& finding : error.diagnostics()) {
                lines.push_back(
                    base::to_string(finding.position) + " " + finding.code + " " + finding.message +
                    " | " + finding.hint);
            }
            CHECK(
                base::join(lines, "\n") ==
                base::join(
                    {"config.xml:10:5 E301 no repository has a package 'opensh-server' | "
                     "did you mean openssh-server or ssh-server?",
                     "config.xml:12:5 E302 'mta' is not a package but provided by several | "
                     "write one of exim4, postfix",
                     "config.xml:13:5 E303 package 'openssh-server' is not offered in version 2 | "
                     "the repositories have 1:9.2, 1:9.9",
                     "config.xml:14:5 E303 package 'postfix' is not offered in suite 'sid' | "
                     "it is in bookworm",
                     "config.xml:15:5 E303 package 'postfix' is not offered for architecture "
                     "'i386' | the repositories have it for amd64",
                     "config.xml:16:5 E301 no repository has a package '-o' | ",
                     "config.xml:17:5 E301 no repository has a package 'zzzzzzzz' | "},
                    "\n"));
        }
    }
}
