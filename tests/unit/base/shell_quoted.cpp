// SPDX-License-Identifier: Apache-2.0
#include "base/shell_quoted.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

TEST_SUITE("shell quoted") {
    TEST_CASE("a word is quoted if a shell would change it") {
        CHECK(base::shell_quoted("a") == "'a'");
        CHECK(base::shell_quoted("it's") == "'it'\\''s'");
        CHECK(base::shell_word("/a_b-c.d:e=f,g@h%i+j") == "/a_b-c.d:e=f,g@h%i+j");
        CHECK(base::shell_word("") == "''");
        CHECK(base::shell_word("a b") == "'a b'");
        CHECK(base::shell_word("$x") == "'$x'");
        CHECK(base::shell_word("~") == "'~'");
    }
}
