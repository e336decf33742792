// SPDX-License-Identifier: Apache-2.0
#include "package/pending_triggers.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace imgbuild::package;

namespace {

std::string status_with(std::string_view pending, std::string_view of_library = "lib") {
    return fmt::format(
        "Package: idle\nStatus: install ok installed\nArchitecture: amd64\n\n"
        "Package: tex\nStatus: install ok triggers-pending\nArchitecture: all\n"
        "Triggers-Pending: {}\nDescription: x\n y\n\n"
        "Package: library\nArchitecture: amd64\nMulti-Arch: same\nTriggers-Pending: {}\n\n",
        pending,
        of_library);
}

const std::vector<TriggerEvent> events = {
    {"first", {"tex", "idle"}},
    {"old", {"tex"}},
    {"second", {"library:amd64", "tex"}},
    {"foreign", {"library:i386"}},
};

} // namespace

TEST_SUITE("pending triggers") {
    TEST_CASE("a whole run: read, which turns them; the newest in front") {
        CHECK(
            add_pending(status_with("old older", "lib bil"), events, {.before = true}) ==
            status_with("second first older old", "second bil lib"));
    }

    TEST_CASE("dpkg takes over in the middle: its reading turns what is written") {
        CHECK(
            add_pending(status_with("old older"), events, {.before = true, .after = true}) ==
            status_with("old older first second", "lib second"));
    }

    TEST_CASE("after dpkg was there") {
        CHECK(
            add_pending(status_with("old older"), events, {}) ==
            status_with("second first old older", "second lib"));
        CHECK(
            add_pending(status_with("old older"), events, {.after = true}) ==
            status_with("older old first second", "lib second"));
    }

    TEST_CASE("nothing pending") {
        const std::string status = "Package: tex\nArchitecture: all\n\n";
        CHECK(add_pending(status, events, {.before = true}) == status);
        CHECK(add_pending("", events, {}).empty());
    }
}
