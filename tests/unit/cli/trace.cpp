// SPDX-License-Identifier: Apache-2.0
#include "cli/trace_files.hpp"
#include "cli/trace_recorder.hpp"
#include "json/json.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace imgbuild;
using cli::Trace;
using cli::TraceSpan;
using Rows = std::vector<std::size_t>;

namespace {

Trace sample() {
    Trace trace;
    trace.spans = {
        {.title = "installing <2>", .start = 0, .end = 4'000'000, .parent = 0},
        {.title = "part", .start = 1'000'000, .end = 3'000'000, .parent = 0},
        {.title = "beside it", .start = 2'000'000, .end = 3'500'000, .parent = 0},
        {.title = "after", .start = 3'000'000, .end = 3'600'000, .parent = 0},
        {.title = "packing", .start = 4'000'000, .end = 5'000'000, .parent = 4},
    };
    trace.spans[0].kind = base::ActivityKind::stage;
    trace.spans[4].outcome = base::Outcome::failed;
    trace.lines = {{.title = "Setting up a\x1b", .start = 1'500'000, .end = 1'600'000}};
    trace.loads = {{2'000'000, {1, 0.25}}};
    return trace;
}

} // namespace

TEST_SUITE("trace") {
    TEST_CASE("parts stand below what they are part of, and share a row only one after the other") {
        CHECK(cli::trace_rows(sample().spans) == Rows{0, 1, 2, 1, 0});
    }

    TEST_CASE("activities and output are passed on and remembered") {
        base::SilentReporter silent;
        cli::TraceRecorder recorder(silent);
        {
            base::Activity whole(recorder, {.kind = base::ActivityKind::stage, .title = "whole"});
            base::Activity part(recorder, {.title = "part", .parent = whole.id()});
            recorder.output("first");
            recorder.output("second");
            part.mark_failed();
        }
        base::Activity running(recorder, {.title = "still running"});
        const Trace trace = recorder.trace();
        REQUIRE(trace.spans.size() == 3);
        CHECK(trace.spans[0].title == "whole");
        CHECK(trace.spans[0].parent == 0);
        CHECK(trace.spans[1].parent == 0);
        CHECK(trace.spans[1].outcome == base::Outcome::failed);
        CHECK(trace.spans[2].parent == 2);
        for (const TraceSpan& span : trace.spans) {
            CHECK(span.end >= span.start);
        }
        REQUIRE(trace.lines.size() == 2);
        CHECK(trace.lines[0].title == "first");
        CHECK(trace.lines[0].end == trace.lines[1].start);
        CHECK(trace.lines[1].end >= trace.lines[1].start);
    }

    TEST_CASE("processors are watched as long as the recorder lives") {
        base::SilentReporter silent;
        cli::TraceRecorder recorder(silent);
        while (recorder.trace().loads.size() < 2) {
            std::this_thread::yield();
        }
        const Trace trace = recorder.trace();
        REQUIRE_FALSE(trace.loads[0].busy.empty());
        CHECK(trace.loads[1].busy.size() == trace.loads[0].busy.size());
        CHECK(trace.loads[1].time > trace.loads[0].time);
    }

    TEST_CASE("what the kernel says of processors") {
        const auto times = cli::parse_processor_times("cpu  99 99 99 99 99 99 99 99 0 0\n"
                                                      "cpu0 1 20 300 4000 50000 6 7 8 9 9\n"
                                                      "cpu1 0 0 0 10\n"
                                                      "intr 12 3\n");
        REQUIRE(times.size() == 2);
        CHECK(times[0].busy == 1 + 20 + 300 + 6 + 7);
        CHECK(times[0].total == 54342);
        CHECK(times[1].busy == 0);
        CHECK(times[1].total == 10);
        CHECK(cli::parse_processor_times("").empty());
    }

    TEST_CASE("what trace viewers read") {
        const json::Value document = json::parse(cli::chrome_trace(sample()), "trace");
        const json::Value& events = document.at("traceEvents");
        REQUIRE(events.size() == 9);
        CHECK(events[1].at("name") == "part");
        CHECK(events[1].at("ph") == "X");
        CHECK(events[1].at("ts") == 1'000'000);
        CHECK(events[1].at("dur") == 2'000'000);
        CHECK(events[1].at("tid") == 2);
        CHECK(events[4].at("args").at("outcome") == "failed");
        CHECK(events[5].at("ph") == "M");
        CHECK(events[6].at("name") == "Setting up a\\x1b");
        CHECK(events[6].at("tid") == 4);
        CHECK(events[8].at("name") == "processor 1");
        CHECK(events[8].at("ph") == "C");
        CHECK(events[8].at("ts") == 2'000'000);
        CHECK(events[8].at("args").at("busy") == 0.25);
    }

    TEST_CASE("nothing ran") {
        CHECK(json::parse(cli::chrome_trace({}), "trace").at("traceEvents").size() == 1);
    }
}
