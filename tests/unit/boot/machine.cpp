// SPDX-License-Identifier: Apache-2.0
#include "boot/machine.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

TEST_SUITE("machine") {
    TEST_CASE("an architecture whose machines are not known is refused before anything is read") {
        boot::MachineOptions options;
        options.architecture = "s390x";
        options.image = "/nowhere";
        base::SilentReporter reporter;
        base::ThreadPool pool(1);
        try {
            boot::boot(options, {.reporter = reporter, .pool = pool, .stop = {}});
            FAIL("nothing was thrown");
        } catch (const base::UsageError& error) {
            CHECK(
                std::string(error.what()) ==
                "nodes of the architecture s390x can't be booted here");
            CHECK(error.hint() == "imgbuild boots x86_64 and aarch64");
        }
    }
}
