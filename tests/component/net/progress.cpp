// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

using namespace imgbuild;
using test::NetFixture;

namespace {

struct Seen {
    base::ActivityInfo info;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::optional<base::Outcome> outcome;
};

class RecordingReporter final : public base::Reporter {
public:
    void message(base::LogLevel, std::string_view) noexcept override {}

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo& info) noexcept override {
        const std::lock_guard lock(mutex_);
        seen.push_back({info, 0, info.total, std::nullopt});
        return seen.size();
    }

    void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept override {
        const std::lock_guard lock(mutex_);
        seen[activity - 1].done = done;
        seen[activity - 1].total = total;
    }

    void finished(std::uint64_t activity, base::Outcome outcome, double) noexcept override {
        const std::lock_guard lock(mutex_);
        seen[activity - 1].outcome = outcome;
    }

    std::vector<Seen> seen;

private:
    std::mutex mutex_;
};

struct ProgressFixture : NetFixture {
    RecordingReporter recorder;
    base::Context recorded{recorder, pool, stop.get_token(), 77};

    void fetch_all(const std::vector<std::pair<std::string, std::uint64_t>>& paths) {
        std::vector<net::Client::Job> jobs;
        for (const auto& [path, size] : paths) {
            net::Client::Job& job = jobs.emplace_back();
            job.request.url = server.url(path);
            job.request.expected_size = size == 0 ? std::nullopt : std::optional(size);
            job.sink = std::make_unique<net::StringSink>();
        }
        net::ClientOptions options = test::quick_options();
        options.connections = 1;
        net::Client client(options);
        client.fetch_all(std::move(jobs), "fetching 2 packages", recorded);
    }
};

} // namespace

TEST_CASE_FIXTURE(ProgressFixture, "one transfer tells its bytes, and a restart takes them back") {
    server.put("/pool/a.deb", test::long_body(100'000));
    server.misbehave("/pool/a.deb", {.after = 60'000, .no_validators = true}, 1);
    net::Client client(test::quick_options());
    net::StringSink sink;
    client.fetch({server.url("/pool/a.deb")}, sink, recorded);
    REQUIRE(recorder.seen.size() == 1);
    const Seen& activity = recorder.seen[0];
    CHECK(activity.info.kind == base::ActivityKind::transfer);
    CHECK(activity.info.title == "a.deb");
    CHECK(activity.info.unit == "bytes");
    CHECK(activity.info.parent == 77);
    CHECK(activity.done == 100'000);
    CHECK(activity.total == 100'000);
    CHECK(activity.outcome == base::Outcome::done);
}

TEST_CASE_FIXTURE(ProgressFixture, "many transfers: one activity for all, one below it for each") {
    server.put("/a", test::long_body(70'000));
    server.put("/b", test::long_body(30'000));
    server.misbehave("/a", {.after = 60'000, .no_validators = true}, 1);
    fetch_all({{"/a", 70'000}, {"/b", 30'000}});
    REQUIRE(recorder.seen.size() == 3);
    CHECK(recorder.seen[0].info.title == "fetching 2 packages");
    CHECK(recorder.seen[0].info.parent == 77);
    CHECK(recorder.seen[0].info.total == 100'000);
    CHECK(recorder.seen[0].done == 100'000);
    CHECK(recorder.seen[0].total == 100'000);
    CHECK(recorder.seen[0].outcome == base::Outcome::done);
    // In the order in which they were given.
    CHECK(recorder.seen[1].info.title == "a");
    CHECK(recorder.seen[1].info.parent == 1);
    CHECK(recorder.seen[1].done == 70'000);
    CHECK(recorder.seen[1].outcome == base::Outcome::done);
    CHECK(recorder.seen[2].info.title == "b");
    CHECK(recorder.seen[2].total == 30'000);
}

TEST_CASE_FIXTURE(ProgressFixture, "the total is only said if every size is known") {
    server.put("/a", "a");
    server.put("/b", "b");
    fetch_all({{"/a", 1}, {"/b", 0}});
    CHECK(recorder.seen.at(0).info.total == 0);
    CHECK(recorder.seen.at(0).total == 0);
    CHECK(recorder.seen.at(0).done == 2);
}

TEST_CASE_FIXTURE(ProgressFixture, "a transfer that fails is reported as failed") {
    CHECK_THROWS_AS(fetch_all({{"/missing", 5}, {"/b", 1}}), net::TransferError);
    REQUIRE(recorder.seen.size() == 2);
    CHECK(recorder.seen[0].outcome == base::Outcome::failed);
    CHECK(recorder.seen[1].outcome == base::Outcome::failed);
}
