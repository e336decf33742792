// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "fixture.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <memory>
#include <vector>

using namespace imgbuild;
using test::NetFixture;

TEST_CASE_FIXTURE(NetFixture, "a document arrives as it is, with its headers") {
    const std::string body = test::long_body(1'000'000);
    server.put("/dir/a b", body);
    net::Client client(test::quick_options());
    net::StringSink sink;
    const net::Response response = client.fetch({server.url("/dir/a%20b")}, sink, context);
    CHECK(response.status == 200);
    CHECK(response.size == body.size());
    CHECK(response.headers.at("content-length") == "1000000");
    CHECK(response.final_url == server.url("/dir/a%20b"));
    CHECK(sink.text() == body);
    CHECK(server.requests().at(0).header("user-agent") == "imgbuild");
}

TEST_CASE_FIXTURE(NetFixture, "an empty document is complete") {
    server.put("/empty", "");
    CHECK(get(server.url("/empty")).empty());
}

TEST_CASE_FIXTURE(NetFixture, "a chunked body and one that ends with its connection arrive whole") {
    const std::string body = test::long_body(50'000);
    server.put("/chunked", body);
    server.misbehave("/chunked", {.chunked = true});
    CHECK(get(server.url("/chunked")) == body);
    server.put("/open", body);
    server.misbehave("/open", {.no_length = true});
    CHECK(get(server.url("/open")) == body);
}

TEST_CASE_FIXTURE(NetFixture, "a conditional request that finds nothing new writes nothing") {
    server.put("/a", "first");
    net::Client client(test::quick_options());
    const auto [first, text] = client.fetch_text({server.url("/a")}, 100, context);
    CHECK(text == "first");
    net::Request again{server.url("/a")};
    again.if_none_match = first.headers.at("etag");
    const auto [second, nothing] = client.fetch_text(again, 100, context);
    CHECK(second.not_modified());
    CHECK(nothing.empty());
    server.put("/a", "second");
    const auto [third, other] = client.fetch_text(again, 100, context);
    CHECK(third.status == 200);
    CHECK(other == "second");
}

TEST_CASE_FIXTURE(NetFixture, "a file of the local disk is fetched like any other") {
    const test::TemporaryDirectory directory;
    base::replace_file(directory / "a b", "local");
    CHECK(get("file://" + directory.path() + "/a%20b") == "local");
    const net::TransferError error = error_of({"file://" + directory.path() + "/missing"});
    CHECK(error.failure() == net::TransferFailure::not_found);
    CHECK(error.what() == "file://" + directory.path() + "/missing: not found");
}

TEST_CASE_FIXTURE(NetFixture, "what is no regular file is not waited for") {
    const test::TemporaryDirectory directory;
    const std::string fifo = directory / "a b";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const std::string url = "file://" + directory.path() + "/a%20b";
    const net::TransferError error = error_of({url});
    CHECK(error.failure() == net::TransferFailure::refused);
    CHECK(error.what() == url + ": is no regular file");
    CHECK(
        error_of({"file://" + directory.path()}).what() ==
        "file://" + directory.path() + ": is no regular file");
}

TEST_CASE_FIXTURE(NetFixture, "a directory is served with ranges and conditions") {
    const test::TemporaryDirectory directory;
    base::make_directories(directory / "pool");
    base::replace_file(directory / "pool/a.deb", "package");
    server.serve_directory(directory.path());
    net::Client client(test::quick_options());
    const auto [response, text] = client.fetch_text({server.url("/pool/a.deb")}, 100, context);
    CHECK(text == "package");
    net::Request again{server.url("/pool/a.deb")};
    again.if_modified_since = response.headers.at("last-modified");
    CHECK(client.fetch_text(again, 100, context).first.not_modified());
    CHECK(error_of({server.url("/pool/b.deb")}).failure() == net::TransferFailure::not_found);
    CHECK(error_of({server.url("/pool")}).failure() == net::TransferFailure::not_found);
}

TEST_CASE_FIXTURE(NetFixture, "many documents come side by side over few connections") {
    constexpr std::size_t count = 60;
    std::vector<std::string> bodies(count);
    std::vector<net::Client::Job> jobs;
    std::vector<std::string> arrived(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string path = fmt::format("/{}", i);
        bodies[i] = test::long_body(1000 + 17 * i);
        server.put(path, bodies[i]);
        net::Client::Job job;
        job.request.url = server.url(path);
        job.request.expected_size = bodies[i].size();
        auto sink = std::make_unique<net::StringSink>();
        net::StringSink* const place = sink.get();
        job.sink = std::move(sink);
        job.on_complete = [&arrived, i, place](const net::Response&) {
            arrived[i] = place->take();
        };
        jobs.push_back(std::move(job));
    }
    net::ClientOptions options = test::quick_options();
    options.connections = 4;
    net::Client client(options);
    client.fetch_all(std::move(jobs), "fetching", context);
    CHECK(arrived == bodies);
    CHECK(server.connections() <= 4);
    CHECK(server.most_at_once() <= 4);
    CHECK(server.requests().size() == count);
}
