// SPDX-License-Identifier: Apache-2.0
#include "net/secrets.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using net::Credentials;
using net::hide_secrets;

TEST_CASE("headers that carry credentials") {
    CHECK(net::is_credential_header("Authorization: Bearer x"));
    CHECK(net::is_credential_header("COOKIE:a=b"));
    CHECK(net::is_credential_header("Proxy-Authorization: x"));
    CHECK_FALSE(net::is_credential_header("Accept: authorization"));
}

TEST_CASE("what was sent as a secret is not repeated") {
    CHECK(hide_secrets("user u, pw, pw", Credentials{"u", "pw"}, {}) == "user u, ***, ***");
    CHECK(hide_secrets("token tok", Credentials{"tok", ""}, {}) == "***en ***");
    CHECK(
        hide_secrets(
            "got abc.def", std::nullopt, {"Accept: got", "Authorization: Bearer abc.def"}) ==
        "got ***");
    CHECK(hide_secrets("*", Credentials{"", "*"}, {}) == "***");
    CHECK(hide_secrets("plain", Credentials{"", ""}, {"Authorization"}) == "plain");
}
