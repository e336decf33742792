// SPDX-License-Identifier: Apache-2.0
#include "net/retry.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using net::retry_delay;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("waiting times double up to half a minute") {
    const auto delay = [](unsigned failed) {
        return retry_delay(seconds(1), failed, 0.5, std::nullopt);
    };
    CHECK(delay(1) == seconds(1));
    CHECK(delay(2) == seconds(2));
    CHECK(delay(3) == seconds(4));
    CHECK(delay(5) == seconds(16));
    CHECK(delay(6) == seconds(30));
    CHECK(delay(4'000'000'000U) == seconds(30));
    CHECK(retry_delay(seconds(100), 1, 0.5, std::nullopt) == seconds(30));
}

TEST_CASE("clients that failed together don't come back together") {
    CHECK(retry_delay(seconds(2), 1, 0.0, std::nullopt) == milliseconds(1500));
    CHECK(retry_delay(seconds(2), 1, 0.99, std::nullopt) == milliseconds(2490));
    CHECK(retry_delay(seconds(30), 1, 0.99, std::nullopt) == seconds(30));
    CHECK(retry_delay(milliseconds(0), 3, 0.99, std::nullopt) == milliseconds(0));
}

TEST_CASE("what the server asks for wins, within bounds") {
    CHECK(retry_delay(seconds(1), 1, 0.3, seconds(7)) == seconds(7));
    CHECK(retry_delay(seconds(8), 4, 0.3, seconds(0)) == seconds(0));
    CHECK(retry_delay(seconds(1), 1, 0.3, seconds(3600)) == seconds(30));
}
