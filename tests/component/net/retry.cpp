// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>

using namespace imgbuild;
using net::TransferFailure;
using test::NetFixture;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(NetFixture, "a server that is busy for a moment is asked again") {
    server.put("/a", "at last");
    for (const int status : {429, 500, 502, 503, 504}) {
        CAPTURE(status);
        server.misbehave("/a", {.status = status}, 2);
        CHECK(get(server.url("/a")) == "at last");
    }
    CHECK(server.count("/a") == 15);
}

TEST_CASE_FIXTURE(
    NetFixture, "a server that stays busy is an error that a later run may not meet") {
    server.misbehave("/a", {.status = 503, .body = "<p>Down for\nmaintenance</p>"});
    const net::TransferError error = error_of({server.url("/a")});
    CHECK(
        error.what() ==
        server.url("/a") + ": 503 Service Unavailable (Down for maintenance) (tried 3 times)");
    CHECK(error.failure() == TransferFailure::server_fault);
    CHECK(error.status() == 503);
    CHECK(error.url() == server.url("/a"));
    CHECK(error.exit_code() == base::ExitCode::retryable);
    CHECK(server.count("/a") == 3);
}

TEST_CASE_FIXTURE(NetFixture, "Retry-After wins over our own waiting time") {
    server.put("/a", "here");
    server.misbehave("/a", {.status = 503, .headers = {{"Retry-After", "0"}}}, 1);
    net::ClientOptions options = test::quick_options();
    // Without the header this test would take half a minute and run into the suite's limit.
    options.retry_delay = 10min;
    CHECK(get(server.url("/a"), options) == "here");
}

TEST_CASE_FIXTURE(NetFixture, "what is missing or forbidden is not asked for twice") {
    server.put("/gone", "x");
    server.misbehave("/gone", {.status = 410});
    server.put("/private", "x");
    server.misbehave("/private", {.status = 403, .body = "keep out"});

    const net::TransferError missing = error_of({server.url("/missing")});
    CHECK(missing.what() == server.url("/missing") + ": 404 Not Found (no such document)");
    CHECK(missing.hint() == "check the URL's path; --mirror NAME=URL takes another mirror");
    CHECK(missing.failure() == TransferFailure::not_found);
    CHECK(missing.status() == 404);
    CHECK(missing.exit_code() == base::ExitCode::fetch);
    CHECK(server.count("/missing") == 1);

    CHECK(error_of({server.url("/gone")}).failure() == TransferFailure::not_found);
    const net::TransferError forbidden = error_of({server.url("/private")});
    CHECK(forbidden.what() == server.url("/private") + ": 403 Forbidden (keep out)");
    CHECK(forbidden.failure() == TransferFailure::forbidden);
    CHECK(server.count("/private") == 1);
}

TEST_CASE_FIXTURE(NetFixture, "a port where nobody listens") {
    std::string url;
    {
        const test::HttpServer closed;
        url = closed.url("/a");
    }
    const net::TransferError error = error_of({url});
    CHECK(
        error.what() == fmt::format(
                            "{}: can't connect to {}: Connection refused (tried 3 times)",
                            url,
                            url.substr(7, url.size() - 9)));
    CHECK(error.failure() == TransferFailure::unreachable);
    CHECK(error.exit_code() == base::ExitCode::retryable);
    CHECK(
        error.hint() ==
        "if this machine reaches it only through a proxy, set http_proxy and https_proxy or give "
        "--proxy; --mirror NAME=URL takes another mirror");
}

TEST_CASE_FIXTURE(NetFixture, "a host that doesn't exist is most often a typo") {
    // "invalid" is reserved: no name server knows it.
    const net::TransferError error = error_of({"http://mirror.invalid/debian"});
    CHECK(
        error.what() ==
        std::string("http://mirror.invalid/debian: the host name mirror.invalid can't be resolved "
                    "(tried 2 times)"));
    CHECK(error.failure() == TransferFailure::unreachable);
    CHECK(error.exit_code() == base::ExitCode::fetch);
}

TEST_CASE_FIXTURE(NetFixture, "a server that accepts and says nothing is given up after a while") {
    server.put("/a", "late");
    server.misbehave("/a", {.delay = 1h}, 1);
    net::ClientOptions options = test::quick_options();
    options.stall_timeout = 1s;
    CHECK(get(server.url("/a"), options) == "late");
    CHECK(server.count("/a") == 2);

    options.stall_timeout = 200ms;
    server.misbehave("/a", {.delay = 1h});
    const net::TransferError error = error_of({server.url("/a")}, options);
    CHECK(
        error.what() ==
        server.url("/a") + ": stalled: less than 100 bytes a second for 0.2 s (tried 3 times)");
    CHECK(error.failure() == TransferFailure::timed_out);
    CHECK(error.exit_code() == base::ExitCode::retryable);
}

TEST_CASE_FIXTURE(NetFixture, "a connection that is closed without an answer is tried again") {
    server.put("/a", "here");
    server.misbehave(
        "/a", {.after = 0, .ending = test::Fault::Ending::reset, .announced_size = 4}, 2);
    CHECK(get(server.url("/a")) == "here");
    CHECK(server.count("/a") == 3);
}

TEST_CASE_FIXTURE(NetFixture, "one failure ends all transfers of a call, and only these") {
    server.put("/slow", test::long_body(1000));
    server.misbehave("/slow", {.after = 10, .ending = test::Fault::Ending::stall});
    server.put("/good", "good");
    net::Client client(test::quick_options());
    std::vector<net::Client::Job> jobs;
    for (const char* const path : {"/slow", "/missing", "/slow"}) {
        net::Client::Job job;
        job.request.url = server.url(path);
        job.sink = std::make_unique<net::StringSink>();
        jobs.push_back(std::move(job));
    }
    CHECK_THROWS_WITH_AS(
        client.fetch_all(std::move(jobs), "fetching", context),
        (server.url("/missing") + ": 404 Not Found (no such document)").c_str(),
        net::TransferError);
    CHECK(get(client, {server.url("/good")}) == "good");
}

TEST_CASE_FIXTURE(NetFixture, "what a sink or a callback throws ends the call as it is") {
    struct FullDisk final : net::Sink {
        void write(std::span<const std::byte>) override {
            throw base::SystemError(ENOSPC, "writing /some/file");
        }

        void restart() override {}
    };

    server.put("/a", "x");
    net::Client client(test::quick_options());
    FullDisk sink;
    CHECK_THROWS_WITH_AS(
        client.fetch({server.url("/a")}, sink, context),
        "writing /some/file: No space left on device",
        base::SystemError);
    CHECK(server.count("/a") == 1);

    std::vector<net::Client::Job> jobs(1);
    jobs[0].request.url = server.url("/a");
    jobs[0].sink = std::make_unique<net::StringSink>();
    jobs[0].on_complete = [](const net::Response&) { throw base::IntegrityError("a", "1", "2"); };
    CHECK_THROWS_AS(client.fetch_all(std::move(jobs), "fetching", context), base::IntegrityError);
}
