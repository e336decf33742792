// SPDX-License-Identifier: Apache-2.0
#include "oci/trust.hpp"

#include "fixture.hpp"
#include "oci/auth_challenge.hpp"
#include "oci/signature.hpp"

using namespace imgbuild;
using naming::parse_image_name;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

} // namespace

TEST_CASE("challenges of registries are understood, several in one header too") {
    const auto challenges = oci::parse_challenges(
        R"(Basic realm="a, b", Bearer realm="https://x/token",service=y,scope="repository:a:pull,push")");
    REQUIRE(challenges.size() == 2);
    CHECK(challenges[0].scheme == "basic");
    CHECK(challenges[0].parameter("realm") == "a, b");
    CHECK(challenges[1].parameter("realm") == "https://x/token");
    CHECK(challenges[1].parameter("service") == "y");
    CHECK(challenges[1].parameter("scope") == "repository:a:pull,push");
    CHECK(oci::parse_challenges("").empty());
    CHECK(oci::parse_challenges("Bearer realm=\"open").at(0).parameter("realm") == "open");
}

TEST_CASE("scopes of a policy go from the image to the registry") {
    CHECK(
        oci::registry_scopes(parse_image_name("a.b.example:5000/c/d:1")) ==
        std::vector<std::string>{
            "a.b.example:5000/c/d:1",
            "a.b.example:5000/c/d",
            "a.b.example:5000/c",
            "a.b.example:5000",
            "*.b.example",
            "*.example"});
    // The tag beside a digest leads past nothing.
    const std::string digest = "@sha256:" + std::string(64, 'a');
    CHECK(
        oci::registry_scopes(parse_image_name("r.example/c:1" + digest)) ==
        std::vector<std::string>{"r.example/c" + digest, "r.example/c", "r.example", "*.example"});
}

TEST_CASE("what a signature calls the image must be what was asked for") {
    using Kind = config::SignedIdentity::Kind;
    const auto tagged = std::optional(parse_image_name("r.example/a:1"));
    const auto pinned = std::optional(parse_image_name("r.example/a@" + digest));
    config::SignedIdentity identity;
    CHECK(oci::identity_matches(identity, "r.example/a:1", tagged));
    CHECK(!oci::identity_matches(identity, "r.example/a:2", tagged));
    CHECK(!oci::identity_matches(identity, "r.example/a", tagged));
    CHECK(oci::identity_matches(identity, "r.example/a:2", pinned));
    CHECK(!oci::identity_matches(identity, "r.example/b:2", pinned));
    identity.kind = Kind::match_exact;
    CHECK(oci::identity_matches(identity, "r.example/a:1", tagged));
    CHECK(!oci::identity_matches(identity, "r.example/a:1", pinned));
    identity.kind = Kind::match_repository;
    CHECK(oci::identity_matches(identity, "r.example/a:2", tagged));
    identity.kind = Kind::exact_reference;
    identity.reference = "other.example/x:3";
    CHECK(oci::identity_matches(identity, "other.example/x:3", tagged));
    CHECK(!oci::identity_matches(identity, "r.example/a:1", tagged));
    identity.kind = Kind::remap_identity;
    identity.prefix = "r.example";
    identity.signed_prefix = "origin.example/copy";
    CHECK(oci::identity_matches(identity, "origin.example/copy/a:1", tagged));
    CHECK(!oci::identity_matches(identity, "r.example/a:1", tagged));
}
