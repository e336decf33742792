// SPDX-License-Identifier: Apache-2.0
#include "base/architecture.hpp"

#include <doctest/doctest.h>

using namespace imgbuild::base;

TEST_CASE("Debian's names and kiwi's mean the same") {
    CHECK(canonical_architecture("amd64") == "x86_64");
    CHECK(canonical_architecture("x86_64") == "x86_64");
    CHECK(canonical_architecture("arm64") == "aarch64");
    CHECK_FALSE(canonical_architecture("vax"));
    CHECK(debian_architecture("ppc64le") == "ppc64el");
    CHECK_FALSE(debian_architecture("armv6l"));
}

TEST_CASE("a list of architectures holds any name of each") {
    CHECK(architecture_list_contains("", "x86_64"));
    CHECK(architecture_list_contains("arm64,amd64", "x86_64"));
    CHECK_FALSE(architecture_list_contains("aarch64", "x86_64"));
}
