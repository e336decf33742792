// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.hpp"

#include "base/error.hpp"

#include <crypt.h>
#include <doctest/doctest.h>

#include <string>

using namespace imgbuild;

TEST_CASE("the same password and seed give the same hash") {
    const std::string hash = crypto::hash_password("linux", "root@node");
    CHECK(hash == crypto::hash_password("linux", "root@node"));
    CHECK(hash.substr(0, 3) == "$y$");
    CHECK(hash != crypto::hash_password("linux", "user@node"));
    CHECK(hash != crypto::hash_password("Linux", "root@node"));
}

TEST_CASE("login accepts the password and no other") {
    const std::string hash = crypto::hash_password("pässwörd", "seed");
    crypt_data data = {};
    CHECK(std::string(::crypt_r("pässwörd", hash.c_str(), &data)) == hash);
    CHECK(std::string(::crypt_r("password", hash.c_str(), &data)) != hash);
}

TEST_CASE("an empty password has a hash") {
    CHECK(crypto::hash_password("", "seed").substr(0, 3) == "$y$");
}

TEST_CASE("a password that login could never accept is refused and not repeated") {
    CHECK_THROWS_WITH_AS(
        crypto::hash_password(std::string("se\0cret", 7), "seed"),
        "hashing a password: it has a NUL byte",
        base::Error);
    CHECK_THROWS_WITH_AS(
        crypto::hash_password(std::string(1000, 'x'), "seed"),
        "hashing a password: it is longer than 512 bytes",
        base::Error);
}
