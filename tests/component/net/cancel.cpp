// SPDX-License-Identifier: Apache-2.0
#include "base/cancel.hpp"

#include "base/file.hpp"
#include "fixture.hpp"
#include "support/temporary_directory.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

using namespace imgbuild;
using test::NetFixture;
using namespace std::chrono_literals;

namespace {

/// Asks to stop when the first bytes arrive.
class StoppingSink final : public net::Sink {
public:
    explicit StoppingSink(std::stop_source& stop)
        : stop_(stop) {}

    void write(std::span<const std::byte>) override { stop_.request_stop(); }

    void restart() override {}

private:
    std::stop_source& stop_;
};

} // namespace

// Were the stop not heard, each of these would hang until the suite's time limit.

TEST_CASE_FIXTURE(NetFixture, "a transfer that hangs ends when the user stops") {
    server.put("/a", test::long_body(1000));
    server.misbehave("/a", {.after = 10, .ending = test::Fault::Ending::stall});
    net::ClientOptions options = test::quick_options();
    options.stall_timeout = 1h;
    net::Client client(options);
    StoppingSink sink(stop);
    CHECK_THROWS_AS(client.fetch({server.url("/a")}, sink, context), base::Interrupted);
}

TEST_CASE_FIXTURE(NetFixture, "waiting for another try ends when the user stops") {
    server.misbehave("/a", {.status = 503});
    net::ClientOptions options = test::quick_options();
    options.retry_delay = 1h;
    net::Client client(options);
    const std::jthread user([this] {
        while (server.requests().empty()) {
            std::this_thread::sleep_for(1ms);
        }
        stop.request_stop();
    });
    CHECK_THROWS_AS(get(client, {server.url("/a")}), base::Interrupted);
}

TEST_CASE_FIXTURE(NetFixture, "transfers that have not begun end too, and other calls go on") {
    server.put("/a", test::long_body(1000));
    server.misbehave("/a", {.after = 10, .ending = test::Fault::Ending::stall});
    server.put("/b", "other");
    net::ClientOptions options = test::quick_options();
    options.stall_timeout = 1h;
    options.connections = 3;
    net::Client client(options);
    std::vector<net::Client::Job> jobs(2);
    for (net::Client::Job& job : jobs) {
        job.request.url = server.url("/a");
        job.sink = std::make_unique<StoppingSink>(stop);
    }
    for (int i = 0; i < 50; ++i) {
        net::Client::Job& job = jobs.emplace_back();
        job.request.url = server.url("/a");
        job.sink = std::make_unique<net::StringSink>();
    }
    std::stop_source other_stop;
    const base::Context other{reporter, pool, other_stop.get_token()};
    std::string text;
    std::jthread caller([&] { text = client.fetch_text({server.url("/b")}, 100, other).second; });
    CHECK_THROWS_AS(client.fetch_all(std::move(jobs), "fetching", context), base::Interrupted);
    caller.join();
    CHECK(text == "other");
}

TEST_CASE_FIXTURE(NetFixture, "a large local file ends when the user stops") {
    const test::TemporaryDirectory directory;
    base::replace_file(directory / "large", test::long_body(20'000'000));

    struct Counting final : net::Sink {
        explicit Counting(std::stop_source& source)
            : stop(source) {}

        void write(std::span<const std::byte> bytes) override {
            size += bytes.size();
            stop.request_stop();
        }

        void restart() override {}

        std::stop_source& stop;
        std::uint64_t size = 0;
    } sink(stop);

    net::Client client(test::quick_options());
    CHECK_THROWS_AS(
        client.fetch({"file://" + (directory / "large")}, sink, context), base::Interrupted);
    CHECK(sink.size < 20'000'000);
}

TEST_CASE_FIXTURE(NetFixture, "nothing begins after a stop") {
    server.put("/a", "x");
    stop.request_stop();
    net::Client client(test::quick_options());
    CHECK_THROWS_AS(get(client, {server.url("/a")}), base::Interrupted);
    CHECK(server.requests().empty());
}
