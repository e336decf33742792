// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <chrono>

using namespace imgbuild;
using test::Fault;
using test::NetFixture;

namespace {

/// Remembers how often it had to begin anew.
class CountingSink final : public net::Sink {
public:
    void write(std::span<const std::byte> bytes) override {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    void restart() override {
        text.clear();
        ++restarts;
    }

    std::string text;
    int restarts = 0;
};

struct ResumeFixture : NetFixture {
    const std::string body = test::long_body(300'000);
    net::ClientOptions options = test::quick_options();
    CountingSink sink;
    net::Response response;

    ResumeFixture() { server.put("/a", body); }

    /// The first try breaks after 100,000 bytes, the next one meets `second`.
    void fetch(Fault first, const Fault& second = {}) {
        first.after = 100'000;
        server.misbehave("/a", first, 1);
        server.misbehave("/a", second, 1);
        net::Client client(options);
        net::Request request{server.url("/a")};
        request.expected_size = body.size();
        response = client.fetch(request, sink, context);
    }

    void check_resumed() {
        CHECK(sink.restarts == 0);
        CHECK(sink.text == body);
        CHECK(response.size == body.size());
        CHECK(response.status == 206);
        REQUIRE(server.requests().size() == 2);
        const test::SeenRequest second = server.requests().at(1);
        CHECK(second.header("range") == "bytes=100000-");
        CHECK(second.header("if-range") == response.headers.at("etag"));
    }

    void check_restarted(std::size_t requests) {
        CHECK(sink.restarts == 1);
        CHECK(sink.text == body);
        CHECK(response.size == body.size());
        CHECK(response.status == 200);
        CHECK(server.requests().size() == requests);
    }
};

} // namespace

TEST_CASE_FIXTURE(ResumeFixture, "a truncated body is continued") {
    fetch({.ending = Fault::Ending::close});
    check_resumed();
}

TEST_CASE_FIXTURE(ResumeFixture, "a reset connection is continued") {
    fetch({.ending = Fault::Ending::reset});
    check_resumed();
}

TEST_CASE_FIXTURE(ResumeFixture, "a stalled body is continued") {
    options.stall_timeout = std::chrono::seconds(1);
    fetch({.ending = Fault::Ending::stall});
    check_resumed();
}

TEST_CASE_FIXTURE(ResumeFixture, "a server that ignores the range makes it begin anew") {
    fetch({}, {.ignore_range = true});
    check_restarted(2);
}

TEST_CASE_FIXTURE(ResumeFixture, "other bytes than those asked for are not taken") {
    fetch({}, {.range_shift = 1});
    check_restarted(3);
}

TEST_CASE_FIXTURE(ResumeFixture, "a document that changed meanwhile is not glued together") {
    const std::string former = test::long_body(200'000);
    server.put("/b", former);
    server.misbehave("/b", {.after = 50'000}, 1);
    net::Client client(options);

    struct Replacing final : net::Sink {
        explicit Replacing(test::HttpServer& where)
            : server(where) {}

        void write(std::span<const std::byte> bytes) override {
            if (!replaced) {
                replaced = true;
                server.put("/b", "new");
            }
            text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }

        void restart() override { text.clear(); }

        test::HttpServer& server;
        bool replaced = false;
        std::string text;
    } replacing(server);

    client.fetch({server.url("/b")}, replacing, context);
    CHECK(replacing.text == "new");
    CHECK(server.count("/b") == 2);
}

TEST_CASE_FIXTURE(
    ResumeFixture, "a lying server that continues another version is caught by its tag") {
    fetch({}, {.headers = {{"ETag", "\"other\""}}});
    check_restarted(3);
}

TEST_CASE_FIXTURE(ResumeFixture, "the headers of a continued document are those of the whole") {
    fetch({.headers = {{"X-First", "1"}}});
    CHECK(response.headers.at("content-length") == "300000");
    CHECK(response.headers.at("x-first") == "1");
}

TEST_CASE_FIXTURE(
    ResumeFixture, "a large document over a bad line may need more tries than allowed") {
    const std::string large = test::long_body(6'500'000);
    server.put("/large", large);
    server.misbehave("/large", {.after = 1'200'000});
    net::Client client(test::quick_options());
    CHECK(get(client, {server.url("/large")}) == large);
    CHECK(server.count("/large") == 6);
}

TEST_CASE_FIXTURE(
    ResumeFixture, "a server that breaks and can't continue is given up all the same") {
    server.put("/large", test::long_body(6'500'000));
    server.misbehave("/large", {.after = 1'200'000, .no_validators = true});
    CHECK(
        error_of({server.url("/large")}).what() ==
        server.url("/large") + ": the connection broke: transfer closed with 5300000 bytes "
                               "remaining to read (tried 3 times)");
    CHECK(server.count("/large") == 3);
}

TEST_CASE_FIXTURE(ResumeFixture, "without tag and time nothing is continued") {
    fetch({.no_validators = true});
    check_restarted(2);
    CHECK(server.requests().at(1).header("range").empty());
}

TEST_CASE_FIXTURE(ResumeFixture, "a range beyond the end begins anew") {
    // The first answer claims more than there is and breaks after all of the real body.
    server.misbehave("/a", {.announced_size = body.size() + 1}, 1);
    net::Client client(test::quick_options());
    response = client.fetch({server.url("/a")}, sink, context);
    check_restarted(3);
    CHECK(server.requests().at(1).header("range") == "bytes=300000-");
}
