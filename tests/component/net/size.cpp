// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <fmt/format.h>

using namespace imgbuild;
using net::TransferFailure;
using test::NetFixture;

TEST_CASE_FIXTURE(NetFixture, "a body that is cut each time is an error in the end") {
    server.put("/a", "1234567890");
    server.misbehave("/a", {.after = 4, .no_validators = true});
    const net::TransferError error = error_of({server.url("/a")});
    CHECK(
        error.what() ==
        server.url("/a") + ": the connection broke: transfer closed with 6 bytes remaining to read "
                           "(tried 3 times)");
    CHECK(error.failure() == TransferFailure::unreachable);
    CHECK(error.exit_code() == base::ExitCode::retryable);
}

TEST_CASE_FIXTURE(NetFixture, "another size than expected is tried again and then an error") {
    server.put("/a", "1234567890");
    net::Request request{server.url("/a")};
    request.expected_size = 11;
    const net::TransferError smaller = error_of(request);
    CHECK(smaller.what() == server.url("/a") + ": is 10 bytes, expected 11 (tried 3 times)");
    CHECK(smaller.failure() == TransferFailure::wrong_size);
    CHECK(smaller.exit_code() == base::ExitCode::fetch);
    request.expected_size = 9;
    const net::TransferError larger = error_of(request);
    CHECK(
        larger.what() ==
        server.url("/a") + ": is larger than the expected 9 bytes (tried 3 times)");
    CHECK(server.count("/a") == 6);
}

TEST_CASE_FIXTURE(NetFixture, "a size that is only known at the end is checked too") {
    server.put("/a", "1234567890");
    server.misbehave("/a", {.chunked = true});
    net::Request request{server.url("/a")};
    request.expected_size = 11;
    CHECK(
        error_of(request).what() ==
        server.url("/a") + ": is 10 bytes, expected 11 (tried 3 times)");
    request.expected_size = 9;
    CHECK(
        error_of(request).what() ==
        server.url("/a") + ": is larger than the expected 9 bytes (tried 3 times)");
    request.expected_size = 10;
    CHECK(get(request.url) == "1234567890");
}

TEST_CASE_FIXTURE(NetFixture, "a moment of a mirror's update is survived") {
    server.put("/a", "1234567890");
    server.misbehave("/a", {.after = 5, .no_length = true}, 1);
    net::Request request{server.url("/a")};
    request.expected_size = 10;
    net::Client client(test::quick_options());
    CHECK(get(client, request) == "1234567890");
    CHECK(server.count("/a") == 2);
}

TEST_CASE_FIXTURE(NetFixture, "more than the limit ends the transfer at once") {
    server.put("/a", std::string(1000, 'x'));
    server.put("/chunked", std::string(1000, 'x'));
    server.misbehave("/chunked", {.chunked = true});
    net::Client client(test::quick_options());
    CHECK(client.fetch_text({server.url("/a")}, 1000, context).second.size() == 1000);
    for (const char* const path : {"/a", "/chunked"}) {
        CHECK_THROWS_WITH_AS(
            client.fetch_text({server.url(path)}, 999, context),
            (server.url(path) + ": is larger than the allowed 999 bytes").c_str(),
            net::TransferError);
    }
    CHECK(server.count("/chunked") == 1);
}

TEST_CASE_FIXTURE(NetFixture, "an endless error body doesn't fill the memory or the message") {
    // A stall behind it: were the body awaited to its end, the failure would be another one.
    server.misbehave(
        "/a",
        {.status = 404,
         .body = std::string(3'000'000, 'x'),
         .after = 3'000'000,
         .ending = test::Fault::Ending::stall,
         .announced_size = 4'000'000});
    CHECK(
        error_of({server.url("/a")}).what() ==
        server.url("/a") + ": 404 Not Found (" + std::string(200, 'x') + "…)");
}
