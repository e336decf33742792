// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "fixture.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

using namespace imgbuild;
using test::NetFixture;

namespace {

test::Fault redirect_to(const std::string& target, int status = 302) {
    return {.status = status, .body = "moved", .headers = {{"Location", target}}};
}

} // namespace

TEST_CASE_FIXTURE(
    NetFixture, "redirects are followed, absolute and relative ones, on this server and another") {
    test::HttpServer other;
    other.put("/final", "there");
    server.misbehave("/a", redirect_to("b?x=1", 301));
    server.misbehave("/b", redirect_to(other.url("/c"), 307));
    other.misbehave("/c", redirect_to("/final", 308));
    net::Client client(test::quick_options());
    const auto [response, text] = client.fetch_text({server.url("/a")}, 100, context);
    CHECK(text == "there");
    CHECK(response.final_url == other.url("/final"));
    CHECK(server.requests().at(1).target == "/b?x=1");
}

TEST_CASE_FIXTURE(NetFixture, "a circle of redirects ends") {
    server.misbehave("/a", redirect_to("/b"));
    server.misbehave("/b", redirect_to("/a"));
    CHECK(error_of({server.url("/a")}).what() == server.url("/a") + ": more than 10 redirects");
    CHECK(server.requests().size() == 11);
}

TEST_CASE_FIXTURE(NetFixture, "a redirect never leads to a local file or another protocol") {
    const test::TemporaryDirectory directory;
    base::replace_file(directory / "secret", "secret");
    const std::string target = "file://" + directory.path() + "/secret";
    server.misbehave("/a", redirect_to(target));
    const net::TransferError error = error_of({server.url("/a")});
    CHECK(
        error.what() ==
        fmt::format("{}: redirects to {}, which is not followed", server.url("/a"), target));
    CHECK(error.failure() == net::TransferFailure::refused);
    CHECK(server.count("/a") == 1);
    server.misbehave("/b", redirect_to("ftp://127.0.0.1/x"));
    CHECK(
        error_of({server.url("/b")}).what() ==
        server.url("/b") + ": redirects to ftp://127.0.0.1/x, which is not followed");
}

TEST_CASE_FIXTURE(NetFixture, "an error behind a redirect names both places") {
    server.misbehave("/a", redirect_to("/b?token=abc"));
    CHECK(
        error_of({server.url("/a")}).what() ==
        fmt::format(
            "{}: redirected to {}: 404 Not Found (no such document)",
            server.url("/a"),
            server.url("/b?token=***")));
}

TEST_CASE_FIXTURE(NetFixture, "no login follows to another server") {
    test::HttpServer other;
    other.put("/b", "open");
    server.misbehave("/a", redirect_to(other.url("/b")));
    SUBCASE("from the request") {
        net::Request request{server.url("/a")};
        request.credentials = net::Credentials{"user", "password"};
        request.headers = {"Cookie: a=b", "Accept: text/plain"};
        net::Client client(test::quick_options());
        CHECK(get(client, request) == "open");
        CHECK(server.requests().at(0).header("authorization") == "Basic dXNlcjpwYXNzd29yZA==");
        CHECK(server.requests().at(0).header("cookie") == "a=b");
        CHECK(other.requests().at(0).header("accept") == "text/plain");
    }
    SUBCASE("from the URL") {
        CHECK(get(fmt::format("http://user:password@127.0.0.1:{}/a", server.port())) == "open");
        CHECK(server.requests().at(0).header("authorization") == "Basic dXNlcjpwYXNzd29yZA==");
    }
    SUBCASE("as a header") {
        net::Request request{server.url("/a")};
        request.headers = {"authorization: Bearer secret"};
        net::Client client(test::quick_options());
        CHECK(get(client, request) == "open");
        CHECK(server.requests().at(0).header("authorization") == "Bearer secret");
    }
    SUBCASE("by the default entry of netrc") {
        const test::TemporaryDirectory directory;
        base::replace_file(directory / "netrc", "default login user password password");
        net::ClientOptions options = test::quick_options();
        options.credential_files = {directory / "netrc"};
        CHECK(get(server.url("/a"), options) == "open");
        CHECK(server.requests().at(0).header("authorization") == "Basic dXNlcjpwYXNzd29yZA==");
    }
    CHECK(other.requests().at(0).header("authorization").empty());
    CHECK(other.requests().at(0).header("cookie").empty());
}

TEST_CASE_FIXTURE(NetFixture, "a login stays on the way within one server") {
    server.put("/b", "mine");
    server.require_login("user", "password");
    server.misbehave("/a", redirect_to("/b"));
    CHECK(get(fmt::format("http://user:password@127.0.0.1:{}/a", server.port())) == "mine");
}

TEST_CASE_FIXTURE(NetFixture, "a login that a redirect brings is not used") {
    server.put("/b", "open");
    server.misbehave("/a", redirect_to(fmt::format("http://x:y@127.0.0.1:{}/b", server.port())));
    CHECK(get(server.url("/a")) == "open");
    CHECK(server.requests().at(1).header("authorization").empty());
}
