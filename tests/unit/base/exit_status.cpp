// SPDX-License-Identifier: Apache-2.0
#include "base/exit_status.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

TEST_SUITE("exit status") {
    TEST_CASE("a status is a number, or the signal that made it") {
        CHECK(base::exit_status_text(3) == "ended with status 3");
        CHECK(base::exit_status_text(128) == "ended with status 128");
        CHECK(
            base::exit_status_text(139) ==
            "ended with status 139: it or its last command was killed by signal SIGSEGV");
        CHECK(
            base::exit_status_text(137) ==
            "ended with status 137: it or its last command was killed by signal SIGKILL");
        // There is no signal 127.
        CHECK(base::exit_status_text(255) == "ended with status 255");
    }
}
