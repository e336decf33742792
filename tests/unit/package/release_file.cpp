// SPDX-License-Identifier: Apache-2.0
#include "package/release_file.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace imgbuild;
using package::check_release_time;
using package::parse_release_date;
using package::ReleaseFile;

namespace {

const std::string sum_a(64, 'a');
const std::string sum_b(64, 'b');

std::string release_text() {
    return "Origin: Debian\n"
           "Suite: oldstable\n"
           "Codename: bookworm\n"
           "Date: Sat, 11 Jul 2026 10:16:37 UTC\n"
           "Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC\n"
           "Acquire-By-Hash: yes\n"
           "No-Support-for-Architecture-all: Packages\n"
           "Architectures: all amd64 arm64\n"
           "Components: main contrib\n"
           "MD5Sum:\n"
           " 0ed6d4c8891eb86358b94bb35d9e4da4  1484322 main/binary-amd64/Packages\n"
           "SHA256:\n " +
           sum_a + "  1484322 main/binary-amd64/Packages\n " + sum_b +
           "    98581 ./main/binary-amd64/Packages.xz\n";
}

std::string message_of(const std::function<void()>& action, std::string* hint = nullptr) {
    try {
        action();
    } catch (const base::Error& error) {
        CHECK(error.exit_code() == base::ExitCode::fetch);
        if (hint != nullptr) {
            *hint = error.hint();
        }
        return error.what();
    }
    return "nothing was thrown";
}

} // namespace

TEST_SUITE("release_file") {
    TEST_CASE("the fields that matter are read, sums by SHA-256 only") {
        const ReleaseFile release = ReleaseFile::parse(release_text(), "R");
        CHECK(release.suite == "oldstable");
        CHECK(release.codename == "bookworm");
        CHECK(release.components == std::vector<std::string>{"main", "contrib"});
        CHECK(release.architectures == std::vector<std::string>{"all", "amd64", "arm64"});
        CHECK(release.date == 1783764997);
        CHECK(release.valid_until == 1783764997 + 7 * 86400);
        CHECK(release.acquire_by_hash);
        CHECK_FALSE(release.all_apart);
        REQUIRE(release.files.size() == 2);
        CHECK(release.files.at("main/binary-amd64/Packages").digest.hex() == sum_a);
        CHECK(release.files.at("main/binary-amd64/Packages").size == 1484322);
        CHECK(release.files.at("main/binary-amd64/Packages.xz").digest.hex() == sum_b);
    }

    TEST_CASE("an index for all is apart unless the Release file says otherwise") {
        const std::string sums = "SHA256:\n " + sum_a + " 1 Packages\n";
        CHECK(ReleaseFile::parse("Architectures: all amd64\n" + sums, "R").all_apart);
        CHECK_FALSE(ReleaseFile::parse("Architectures: amd64\n" + sums, "R").all_apart);
    }

    TEST_CASE("what can't be used is refused by name") {
        CHECK(message_of([] { ReleaseFile::parse("", "R"); }) == "R: the file is empty");
        CHECK(message_of([] {
                  ReleaseFile::parse("Date: yesterday\n", "R");
              }) == "R: Date: 'yesterday' is not a time");
        CHECK(message_of([] {
                  ReleaseFile::parse("Suite: x\nMD5Sum:\n 00 1 a\n", "R");
              }) == "R: there are no SHA-256 sums in it");
        CHECK(message_of([] {
                  ReleaseFile::parse("SHA256:\n 1234 1 a\n", "R");
              }) == "R: not a SHA-256 sum: '1234 1 a'");
    }

    TEST_CASE("dates") {
        CHECK(parse_release_date("Thu, 01 Jan 1970 00:00:00 UTC") == 0);
        CHECK(parse_release_date("Thu, 29 Feb 2024 23:59:59 GMT") == 1709251199);
        CHECK(parse_release_date("Sat, 1 Mar 2025 1:02:03 +0000") == 1740790923);
        for (const char* const bad :
             {"",
              "2026-07-11",
              "Sat, 11 Jul 2026 10:16:37",
              "Sat, 11 Jul 2026 10:16:37 CET",
              "Sat, 32 Jul 2026 10:16:37 UTC",
              "Sat, 11 Foo 2026 10:16:37 UTC",
              "Sat, 11 Jul 2026 24:16:37 UTC",
              "Sat, 11 Jul 2026 10:16 UTC",
              "Sat, -1 Jul 2026 10:16:37 UTC"}) {
            CAPTURE(bad);
            CHECK_FALSE(parse_release_date(bad).has_value());
        }
    }

    TEST_CASE("a Release file holds between its Date and its Valid-Until") {
        const ReleaseFile release = ReleaseFile::parse(release_text(), "R");
        const std::int64_t date = 1783764997;
        check_release_time(release, date, false, "R");
        check_release_time(release, date - 3600, false, "R");
        check_release_time(release, date + 7 * 86400, false, "R");
        std::string hint;
        CHECK(
            message_of(
                [&] { check_release_time(release, date + 7 * 86400 + 1, false, "R"); }, &hint) ==
            "R: it expired at 2026-07-18 10:16:37 UTC");
        CHECK(
            hint == "the mirror is out of date: use another one, or accept old packages with "
                    "--allow-expired");
        check_release_time(release, date + 7 * 86400 + 1, true, "R");
        CHECK(
            message_of([&] { check_release_time(release, date - 3601, true, "R"); }, &hint) ==
            "R: it was made in the future, at 2026-07-11 10:16:37 UTC");
        CHECK(hint == "set this machine's clock, it says 2026-07-11 09:16:36 UTC");
    }
}
