// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <fmt/format.h>

using namespace imgbuild;
using net::TransferFailure;
using test::NetFixture;

namespace {

/// The fixture's server as proxy; "mirror.invalid" can only be reached through it.
struct ProxyFixture : NetFixture {
    net::ClientOptions options = test::quick_options();

    ProxyFixture() { options.proxy = server.url(); }
};

} // namespace

TEST_CASE_FIXTURE(ProxyFixture, "the proxy of the options is used") {
    server.put("/debian/a", "by proxy");
    CHECK(get("http://mirror.invalid/debian/a", options) == "by proxy");
    CHECK(server.requests().at(0).target == "http://mirror.invalid/debian/a");
}

TEST_CASE_FIXTURE(ProxyFixture, "hosts in no_proxy are reached directly") {
    test::HttpServer other;
    other.put("/a", "direct");
    options.no_proxy = "example.org,127.0.0.1";
    CHECK(get(other.url("/a"), options) == "direct");
    CHECK(server.requests().empty());
}

TEST_CASE_FIXTURE(ProxyFixture, "a login in the proxy's URL goes to the proxy") {
    server.put("/a", "x");
    options.proxy = fmt::format("http://me:pw@127.0.0.1:{}", server.port());
    CHECK(get("http://mirror.invalid/a", options) == "x");
    CHECK(server.requests().at(0).header("proxy-authorization") == "Basic bWU6cHc=");
    CHECK(server.requests().at(0).header("authorization").empty());
}

TEST_CASE_FIXTURE(ProxyFixture, "a proxy that wants a login") {
    server.misbehave("*", {.status = 407});
    const net::TransferError plain = error_of({"http://mirror.invalid/a"}, options);
    CHECK(
        plain.what() ==
        std::string(
            "http://mirror.invalid/a: the proxy answers 407 Proxy Authentication Required"));
    CHECK(plain.hint() == "put the proxy's login into its URL: http://USER:PASSWORD@HOST:PORT");
    CHECK(plain.failure() == TransferFailure::refused);
    CHECK(plain.exit_code() == base::ExitCode::fetch);

    const net::TransferError tunnel = error_of({"https://mirror.invalid/a"}, options);
    CHECK(
        tunnel.what() ==
        std::string(
            "https://mirror.invalid/a: the proxy answers 407 Proxy Authentication Required"));
    CHECK(tunnel.hint() == plain.hint());
    CHECK(server.requests().at(1).method == "CONNECT");
}

TEST_CASE_FIXTURE(ProxyFixture, "a proxy that forbids") {
    server.misbehave("*", {.status = 403, .body = "not during work"});
    const net::TransferError plain = error_of({"http://mirror.invalid/a"}, options);
    CHECK(
        plain.what() ==
        fmt::format(
            "http://mirror.invalid/a: 403 Forbidden (not during work), from the proxy 127.0.0.1:{}",
            server.port()));
    CHECK(
        plain.hint() == "the proxy must allow mirror.invalid, unless it passed on the server's own "
                        "answer; hosts to "
                        "reach without it go into no_proxy");
    options.no_proxy = "127.0.0.1";
    const net::TransferError direct = error_of({server.url("/a")}, options);
    CHECK(direct.what() == server.url("/a") + ": 403 Forbidden (not during work)");
    CHECK(direct.hint() == "the server does not let this machine have it");
    const net::TransferError tunnel = error_of({"https://mirror.invalid/a"}, options);
    CHECK(
        tunnel.what() == std::string("https://mirror.invalid/a: the proxy answers 403 Forbidden"));
    CHECK(
        tunnel.hint() ==
        "the proxy must allow this host and port; hosts to reach without it go into no_proxy");
    CHECK(server.requests().size() == 3);
}

TEST_CASE_FIXTURE(ProxyFixture, "a proxy that is not there") {
    std::string place;
    {
        const test::HttpServer closed;
        place = fmt::format("127.0.0.1:{}", closed.port());
    }
    options.proxy = "http://" + place;
    const net::TransferError error = error_of({"http://mirror.invalid/a"}, options);
    CHECK(error.failure() == TransferFailure::unreachable);
    CHECK(
        error.what() ==
        fmt::format(
            "http://mirror.invalid/a: can't connect to the proxy {}: Connection refused "
            "(tried 3 times)",
            place));
    CHECK(error.hint() == "check http_proxy, https_proxy and --proxy");
    options.proxy = "http://proxy.invalid:3128";
    const net::TransferError unknown = error_of({"http://mirror.invalid/a"}, options);
    CHECK(
        unknown.what() ==
        std::string(
            "http://mirror.invalid/a: the proxy's host name can't be resolved (tried 2 times)"));
    CHECK(unknown.hint() == "check http_proxy, https_proxy and --proxy");
    CHECK(unknown.exit_code() == base::ExitCode::fetch);
}
