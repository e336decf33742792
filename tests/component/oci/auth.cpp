// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "fixture.hpp"

using namespace imgbuild;
using test::FakeRegistry;
using test::PullFixture;
using test::TestImage;

namespace {

const TestImage image({"first", "second"});

/// A registry that wants tokens, and the server that gives them.
struct TokenFixture : PullFixture {
    FakeRegistry registry;
    test::HttpServer tokens;
    std::string uri = "docker://" + registry.name() + "/group/name:1";

    TokenFixture() {
        allow_http(registry.name());
        registry.put("group/name", "1", image);
        tokens.put("/token", R"({"token":"first-token","expires_in":300})");
    }

    test::Fault challenge(const std::string& more = "") const {
        return {
            .status = 401,
            .body = R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
            .headers = {
                {"WWW-Authenticate", "Basic realm=\"x\""},
                {"WWW-Authenticate",
                 "Bearer realm=\"" + tokens.url("/token") +
                     "\",service=\"my registry\",scope=\"repository:group/name:pull\"" + more}}};
    }

    void log_in(const std::string& entry) {
        authfile = write("logins", R"({"auths":{")" + registry.name() + "\":" + entry + "}}");
    }
};

} // namespace

TEST_CASE_FIXTURE(TokenFixture, "a token is fetched once and used for everything") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    log_in(R"({"auth":")" + base::base64_encode("user:secret") + "\"}");
    CHECK(pull(uri) == "firstsecond");
    REQUIRE(tokens.requests().size() == 1);
    const test::SeenRequest asked = tokens.requests().front();
    CHECK(
        asked.target ==
        "/token?service=my%20registry&scope=repository%3Agroup%2Fname%3Apull&account=user");
    CHECK(asked.header("authorization") == "Basic " + base::base64_encode("user:secret"));
    for (const test::SeenRequest& request : registry.server.requests()) {
        if (&request != &registry.server.requests().front()) {
            CHECK(request.header("authorization").find("secret") == std::string::npos);
        }
    }
    CHECK(registry.server.requests().back().header("authorization") == "Bearer first-token");
    SUBCASE("and the next run knows beforehand that one is needed") {
        const std::size_t before = registry.server.requests().size();
        (void)resolve("docker://" + registry.name() + "/group/name:1");
        CHECK(
            registry.server.requests().at(before).header("authorization") == "Bearer first-token");
    }
}

TEST_CASE_FIXTURE(TokenFixture, "tokens are given to people without a login too") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    CHECK(pull(uri) == "firstsecond");
    CHECK(tokens.requests().at(0).header("authorization").empty());
}

TEST_CASE_FIXTURE(TokenFixture, "an identity token is exchanged by POST") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    log_in(R"({"identitytoken":"id/token"})");
    CHECK(pull(uri) == "firstsecond");
    CHECK(tokens.requests().at(0).method == "POST");
    CHECK(tokens.requests().at(0).target == "/token");
}

TEST_CASE_FIXTURE(TokenFixture, "a token that ran out while blobs come is renewed") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    registry.server.misbehave(FakeRegistry::blob_path("group/name", "second"), challenge(), 1);
    CHECK(pull(uri) == "firstsecond");
    CHECK(tokens.requests().size() == 2);
}

TEST_CASE_FIXTURE(TokenFixture, "a registry may ask for another scope") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    test::Fault more = challenge(",error=\"insufficient_scope\"");
    more.headers[1].second =
        "Bearer realm=\"" + tokens.url("/token") + "\",scope=\"repository:group/name:pull,push\"";
    registry.server.misbehave("/v2/group/name/manifests/1", more, 1);
    CHECK(pull(uri) == "firstsecond");
    CHECK(
        tokens.requests().at(1).target ==
        "/token?service=&scope=repository%3Agroup%2Fname%3Apull%2Cpush");
}

TEST_CASE_FIXTURE(TokenFixture, "a registry that always wants another token is given up") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge());
    CHECK(
        error_of(uri) ==
        fmt::format(
            "{0}/group/name:1: http://{0}/v2/group/name/manifests/1: 401 Unauthorized: "
            "authentication required (UNAUTHORIZED)",
            registry.name()));
    CHECK(tokens.requests().size() <= 4);
}

TEST_CASE_FIXTURE(TokenFixture, "servers of tokens that answer badly") {
    registry.server.misbehave("/v2/group/name/manifests/1", challenge());
    const std::string prefix = registry.name() + "/group/name:1: " + tokens.url("/token");
    SUBCASE("a refusal") {
        tokens.misbehave("/token", {.status = 403, .body = R"({"details":"account is locked"})"});
        CHECK(
            error_of(uri) ==
            prefix + "?service=my%20registry&scope=repository%3Agroup%2Fname%3Apull: 403 "
                     "Forbidden: account is locked");
    }
    SUBCASE("no JSON") {
        tokens.put("/token", "<html>");
        CHECK(error_of(uri).starts_with(prefix + ":1:1: not valid JSON: "));
    }
    SUBCASE("no token") {
        tokens.put("/token", "{}");
        CHECK(error_of(uri) == prefix + ": answers without a token");
    }
    SUBCASE("a token that would be another header") {
        tokens.put("/token", R"({"token":"a\r\nX-Evil: b"})");
        CHECK(error_of(uri) == prefix + ": answers without a token");
    }
    SUBCASE("one without end") {
        tokens.put("/token", R"({"token":")" + std::string(2'000'000, 'x') + "\"}");
        CHECK(error_of(uri).find("is larger than the allowed 1048576 bytes") != std::string::npos);
    }
}

TEST_CASE_FIXTURE(TokenFixture, "no login is sent to a realm that is no web server") {
    test::Fault evil = challenge();
    evil.headers = {{"WWW-Authenticate", "Bearer realm=\"file:///etc/passwd\""}};
    registry.server.misbehave("/v2/group/name/manifests/1", evil);
    CHECK(
        error_of(uri) ==
        fmt::format(
            "{0}/group/name:1: http://{0}: sends for a token to \"file:///etc/passwd\", which is "
            "not asked",
            registry.name()));
}

TEST_CASE_FIXTURE(TokenFixture, "blobs that lie elsewhere get no login") {
    test::HttpServer elsewhere;
    elsewhere.put("/first", "first");
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    registry.server.misbehave(
        FakeRegistry::blob_path("group/name", "first"),
        {.status = 307, .headers = {{"Location", elsewhere.url("/first")}}});
    log_in(R"({"auth":")" + base::base64_encode("user:secret") + "\"}");
    CHECK(pull(uri) == "firstsecond");
    CHECK(elsewhere.requests().at(0).header("authorization").empty());
}

TEST_CASE_FIXTURE(TokenFixture, "a foreign layer's server gets no login") {
    test::HttpServer elsewhere;
    elsewhere.put("/first", "first");
    TestImage foreign({"first"});
    foreign.layer_type = "application/vnd.docker.image.rootfs.foreign.diff.tar";
    foreign.make_manifest();
    const std::string marker = "\"size\":5}]";
    foreign.manifest.replace(
        foreign.manifest.find(marker),
        marker.size(),
        "\"size\":5,\"urls\":[\"" + elsewhere.url("/first") + "\"]}]");
    registry.put("group/name", "1", foreign);
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    log_in(R"({"auth":")" + base::base64_encode("user:secret") + "\"}");
    CHECK(pull(uri) == "first");
    CHECK(elsewhere.requests().at(0).header("authorization").empty());
}

TEST_CASE_FIXTURE(TokenFixture, "a foreign layer is never a file of this machine") {
    const std::string secret = write("secret", "first");
    TestImage foreign({"first"});
    foreign.make_manifest();
    const std::string marker = "\"size\":5}]";
    const std::string url = "file://" + secret;
    foreign.manifest.replace(
        foreign.manifest.find(marker),
        marker.size(),
        "\"size\":5,\"urls\":[\"" + url + "\",\"ftp://127.0.0.1/x\"]}]");
    registry.put("group/name", "1", foreign);
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    log_in(R"({"auth":")" + base::base64_encode("user:secret") + "\"}");
    CHECK(
        error_of(uri) ==
        uri.substr(uri.find("//") + 2) + ": layer sha256:" + crypto::sha256("first").hex() +
            ": its manifest names \"" + url + "\" as its place, which is no http or https URL");
    CHECK(stored() <= 2);
}

TEST_CASE_FIXTURE(TokenFixture, "a credential helper is asked") {
    const std::string helper = write(
        "bin/docker-credential-test",
        "#!/bin/sh\n"
        "read -r server\n"
        "echo '{\"ServerURL\":\"x\",\"Username\":\"helper\",\"Secret\":\"'\"$server\"'\"}'\n");
    REQUIRE(::chmod(helper.c_str(), 0755) == 0);
    registry.server.misbehave("/v2/group/name/manifests/1", challenge(), 1);
    environment["PATH"] = directory / "bin";
    const char* const old_path = std::getenv("PATH");
    ::setenv("PATH", ((directory / "bin") + ":" + old_path).c_str(), 1);
    authfile = write("logins", R"({"credHelpers":{")" + registry.name() + R"(":"test"}})");
    CHECK(pull(uri) == "firstsecond");
    CHECK(
        tokens.requests().at(0).header("authorization") ==
        "Basic " + base::base64_encode("helper:" + registry.name()));
}
