// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <doctest/doctest.h>

using imgbuild::base::parse_rfc3339;

TEST_CASE("times of RFC 3339 are seconds since 1970") {
    CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_rfc3339("2020-01-01T00:00:00Z") == 1577836800);
    CHECK(parse_rfc3339("2020-01-01T00:00:00.999999999Z") == 1577836800);
    CHECK(parse_rfc3339("2020-01-01T01:30:00+01:30") == 1577836800);
    CHECK(parse_rfc3339("2019-12-31T22:00:00-02:00") == 1577836800);
    for (const char* const text :
         {"", "2020", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01T00:00:00Zx", "x", "-"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339(text).has_value());
    }
}
