// SPDX-License-Identifier: Apache-2.0
#include "package/dpkg_output.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using package::DpkgOutput;

namespace {

base::Error error_of(const std::vector<std::string>& lines) {
    DpkgOutput output;
    for (const std::string& line : lines) {
        output.read(line);
    }
    return output.error(1, lines);
}

} // namespace

TEST_SUITE("dpkg_output") {
    TEST_CASE("packages that went through are counted") {
        DpkgOutput output;
        CHECK_FALSE(output.read("Selecting previously unselected package libc6:amd64."));
        CHECK_FALSE(output.read("Preparing to unpack .../libc6_2.36-9_amd64.deb ..."));
        CHECK(output.read("Unpacking libc6:amd64 (2.36-9) ..."));
        CHECK(output.read("Setting up libc6:amd64 (2.36-9) ..."));
        CHECK(output.read("Removing nano (7.2-1) ..."));
        CHECK_FALSE(output.read("Processing triggers for libc-bin (2.36-9) ..."));
    }

    TEST_CASE("a failing script is named with its package") {
        const base::Error error = error_of(
            {"Setting up first (1.0) ...",
             "first: can't work here",
             "dpkg: error processing package first (--configure):",
             " installed first package post-installation script subprocess returned error exit "
             "status 3",
             "dpkg: error processing package second (--configure):",
             " dependency problems - leaving unconfigured",
             "Errors were encountered while processing:",
             " first"});
        CHECK(
            std::string(error.what()) ==
            "package first: its postinst script returned error exit status 3");
        CHECK(error.exit_code() == base::ExitCode::script);
        CHECK(error.details().at(1) == "first: can't work here");
    }

    TEST_CASE("a package that can't be unpacked is named without its path") {
        const base::Error error = error_of(
            {"dpkg: error processing archive /run/imgbuild/packages/b_1%3a1_all.deb (--unpack):",
             " trying to overwrite '/usr/bin/x', which is also in package a 1"});
        CHECK(
            std::string(error.what()) ==
            "package b: trying to overwrite '/usr/bin/x', which is also in package a 1");
        CHECK(error.exit_code() == base::ExitCode::script);
    }

    TEST_CASE("a script's status names the signal that made it") {
        const base::Error error = error_of(
            {"dpkg: error processing package b (--configure):",
             " installed b package post-installation script subprocess returned error exit status "
             "139"});
        CHECK(
            std::string(error.what()) ==
            "package b: its postinst script returned error exit status 139: its last command was "
            "killed by signal SIGSEGV");
    }

    TEST_CASE("a full disk is not the package's fault") {
        const base::Error error = error_of(
            {"dpkg: error processing archive /p/b_1_all.deb (--unpack):",
             " cannot copy extracted data for './usr/x' to '/usr/x.dpkg-new': failed to write (No "
             "space left on device)"});
        CHECK(error.exit_code() == base::ExitCode::system);
        CHECK_FALSE(error.hint().empty());
    }

    TEST_CASE("anything else is told as it is") {
        const base::Error error = error_of({"dpkg: error: unknown option --x\x1b[2J"});
        CHECK(std::string(error.what()) == "dpkg ended with status 1");
        CHECK(error.details().at(0) == "dpkg: error: unknown option --x\\x1b[2J");
    }
}
