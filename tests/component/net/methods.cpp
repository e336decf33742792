// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

using namespace imgbuild;
using test::NetFixture;

TEST_CASE_FIXTURE(NetFixture, "HEAD brings headers alone") {
    server.put("/a", test::long_body(100'000));
    net::Client client(test::quick_options());
    net::Request request{server.url("/a")};
    request.method = net::Method::head;
    const auto [response, text] = client.fetch_text(request, 200'000, context);
    CHECK(text.empty());
    CHECK(response.headers.at("content-length") == "100000");
    CHECK(server.requests().at(0).method == "HEAD");
    request.url = server.url("/missing");
    CHECK(error_of(request).status() == 404);
}

TEST_CASE_FIXTURE(
    NetFixture, "POST sends a body, and no redirect talks us into sending it elsewhere") {
    server.put("/a", "answer");
    net::Client client(test::quick_options());
    net::Request request{server.url("/a")};
    request.method = net::Method::post;
    request.body = "key=value";
    CHECK(get(client, request) == "answer");
    CHECK(get(client, request) == "answer");
    CHECK(server.requests().at(0).method == "POST");
    CHECK(server.requests().at(0).body == "key=value");
    server.misbehave("/b", {.status = 307, .headers = {{"Location", "/a"}}});
    request.url = server.url("/b");
    CHECK(
        error_of(request).what() ==
        server.url("/b") + ": answers a POST by a redirect, which is not followed");
}

TEST_CASE_FIXTURE(NetFixture, "what never changes is continued without asking whether it did") {
    const std::string body = test::long_body(100'000);
    server.put("/a", body);
    server.misbehave(
        "/a", {.after = 30'000, .ending = test::Fault::Ending::reset, .no_validators = true}, 1);
    net::Client client(test::quick_options());
    net::Request request{server.url("/a")};
    request.is_immutable = true;
    SUBCASE("after a break") {
        CHECK(get(client, request) == body);
        CHECK(server.requests().at(1).header("range") == "bytes=30000-");
        CHECK(server.requests().at(1).header("if-range").empty());
    }
    SUBCASE("of what an earlier request brought") {
        request.offset = 60'000;
        CHECK(get(client, request) == body.substr(60'000));
        CHECK(server.requests().at(0).header("range") == "bytes=60000-");
    }
}

TEST_CASE_FIXTURE(NetFixture, "a document that takes too long is given up") {
    server.put("/a", "x");
    server.misbehave("/a", {.delay = std::chrono::seconds(30)});
    net::Request request{server.url("/a")};
    request.time_limit = std::chrono::milliseconds(200);
    const net::TransferError error = error_of(request);
    CHECK(error.what() == server.url("/a") + ": not complete after 0.2 s");
    CHECK(error.failure() == net::TransferFailure::timed_out);
    CHECK(server.count("/a") == 1);
}

TEST_CASE_FIXTURE(NetFixture, "a refusal is handed out with its headers and without our secrets") {
    server.misbehave(
        "/a",
        {.status = 401,
         .body = "you are secret-password",
         .headers = {{"WWW-Authenticate", "Basic realm=a"}, {"WWW-Authenticate", "Bearer x=y"}}});
    net::Request request{server.url("/a")};
    request.credentials = net::Credentials{"user", "secret-password"};
    const net::TransferError error = error_of(request);
    CHECK(error.refusal().headers.at("www-authenticate") == "Basic realm=a, Bearer x=y");
    CHECK(error.refusal().body == "you are ***");
}
