// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

using namespace imgbuild;
using oci::parse_platform;
using oci::Platform;
using oci::to_string;

TEST_CASE("platforms are written as people know them") {
    CHECK(parse_platform("amd64") == Platform{"linux", "amd64", ""});
    CHECK(parse_platform("x86_64") == Platform{"linux", "amd64", ""});
    CHECK(parse_platform("linux/arm/v7") == Platform{"linux", "arm", "v7"});
    CHECK(parse_platform("armhf") == Platform{"linux", "arm", "v7"});
    CHECK(parse_platform("aarch64") == Platform{"linux", "arm64", ""});
    CHECK(parse_platform("windows/amd64") == Platform{"windows", "amd64", ""});
    CHECK(test::error_of([] {
              (void)parse_platform("linux/../x");
          }) == "\"linux/../x\" is no platform of a container image");
    CHECK_THROWS_AS((void)parse_platform(""), base::UsageError);
    CHECK_THROWS_AS((void)parse_platform("a/b/c/d"), base::UsageError);
}

TEST_CASE("kiwi's architectures are platforms") {
    CHECK(to_string(oci::platform_of("x86_64")) == "linux/amd64");
    CHECK(to_string(oci::platform_of("ix86")) == "linux/386");
    CHECK(to_string(oci::platform_of("armv6l")) == "linux/arm/v6");
    CHECK(to_string(oci::platform_of("riscv64")) == "linux/riscv64");
}

TEST_CASE("arm takes what is older, never what is newer") {
    const std::vector<Platform> offered = {
        {"linux", "arm", "v5"},
        {"linux", "arm", "v8"},
        {"linux", "arm", "v6"},
        {"linux", "arm64", "v8"}};
    CHECK(oci::best_platform(offered, {"linux", "arm", "v7"}) == 2);
    CHECK(oci::best_platform(offered, {"linux", "arm", "v5"}) == 0);
    CHECK(oci::best_platform(offered, {"linux", "arm", "v8"}) == 1);
    CHECK(oci::best_platform(offered, {"linux", "arm64", ""}) == 3);
    CHECK(oci::best_platform(offered, {"linux", "amd64", ""}) == oci::no_platform);
}

TEST_CASE("an image that states no variant is for all of them, if there is no better one") {
    const std::vector<Platform> offered = {{"linux", "arm", ""}, {"linux", "arm", "v6"}};
    CHECK(oci::best_platform(offered, {"linux", "arm", "v7"}) == 1);
    CHECK(oci::best_platform(offered, {"linux", "arm", "v5"}) == 0);
    CHECK(
        oci::best_platform({{"linux", "amd64", "v3"}}, {"linux", "amd64", ""}) == oci::no_platform);
    CHECK(oci::best_platform({{"linux", "amd64", "v2"}}, {"linux", "amd64", "v3"}) == 0);
}
