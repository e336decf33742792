// SPDX-License-Identifier: Apache-2.0
#include "cli/frame.hpp"

#include "cli/display_text.hpp"

#include <doctest/doctest.h>

#include <stop_token>
#include <string>

using namespace imgbuild;
using namespace imgbuild::cli;
using base::ActivityKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const ProgressClock::time_point begin(seconds(1000));

std::string texts(const std::vector<FrameLine>& lines) {
    std::string all;
    for (const FrameLine& line : lines) {
        all += line.text + "\n";
    }
    return all;
}

std::string frame(const ProgressState& state, milliseconds after, const FrameFormat& format) {
    return texts(render_frame(state, begin + after, format));
}

/// A build in the middle of its downloads: a stage, a transfer in it, files in that.
ProgressState downloads(std::size_t files) {
    ProgressState state;
    const auto stage = state.start({.kind = ActivityKind::stage, .title = "installing"}, begin);
    const auto whole = state.start(
        {ActivityKind::transfer, "fetching 160 packages", "bytes", 200'000'000, stage}, begin);
    for (std::size_t i = 0; i < files; ++i) {
        const auto part = state.start(
            {ActivityKind::transfer,
             "file-" + std::to_string(i) + ".deb",
             "bytes",
             10'000'000,
             whole},
            begin);
        state.advance(part, 1'000'000 * (i + 1), 10'000'000);
    }
    state.advance(whole, 50'000'000, 200'000'000);
    return state;
}

} // namespace

TEST_CASE("a frame of eighty columns") {
    ProgressState state = downloads(2);
    state.set_output("Setting up libc6:amd64 (2.36) ...");
    state.sample(begin + seconds(5));
    CHECK(
        frame(state, seconds(5), {80, 24, false}) ==
        "installing                                                                  5 s\n"
        "  fetching 160 packages        50.0 MB of 200 MB  10.0 MB/s  [==>       ]  25 %\n"
        "    file-0.deb                 1.00 MB of 10.0 MB  200 kB/s  [=>        ]  10 %\n"
        "    file-1.deb                 2.00 MB of 10.0 MB  400 kB/s  [==>       ]  20 %\n"
        "  | Setting up libc6:amd64 (2.36) ...\n");
}

TEST_CASE("a wide terminal does not tear title and figures apart") {
    CHECK(
        frame(downloads(1), seconds(5), {200, 24, false}) ==
        "installing                                                                                "
        "       5 s\n"
        "  fetching 160 packages                              50.0 MB of 200 MB  [=====>           "
        "   ]  25 %\n"
        "    file-0.deb                                      1.00 MB of 10.0 MB  [==>              "
        "   ]  10 %\n");
}

TEST_CASE("narrow terminals lose the rate, then the amount, then the bar, then the figures") {
    const ProgressState state = downloads(1);
    CHECK(
        frame(state, seconds(5), {60, 24, false}) ==
        "installing                                              5 s\n"
        "  fetching 160 packages                  [==>       ]  25 %\n"
        "    file-0.deb       1.00 MB of 10.0 MB  [=>        ]  10 %\n");
    CHECK(
        frame(state, seconds(5), {50, 24, false}) ==
        "installing                                    5 s\n"
        "  fetching 160 packages        [==>       ]  25 %\n"
        "    file-0.deb                 [=>        ]  10 %\n");
    CHECK(
        frame(state, seconds(5), {30, 24, false}) == "installing                5 s\n"
                                                     "  fetching 160 pack...   25 %\n"
                                                     "    file-0.deb           10 %\n");
    CHECK(
        frame(state, seconds(5), {20, 24, false}) == "installing      5 s\n"
                                                     "  fetching 160 p...\n"
                                                     "    file-0.deb\n");
}

TEST_CASE("no line reaches the last column, whatever the width") {
    ProgressState state = downloads(9);
    state.set_output("日本語 Setting up libc6:amd64 (2.36) and a lot more");
    state.start({.kind = ActivityKind::stage, .title = "日本語のタイトルはとても長い"}, begin);
    for (std::size_t columns = 1; columns < 150; ++columns) {
        CAPTURE(columns);
        for (const FrameLine& line :
             render_frame(state, begin + seconds(90), {columns, 24, false})) {
            CHECK(line.width < columns);
            CHECK(display_width(line.text) == line.width);
        }
    }
}

TEST_CASE("an unknown size of the terminal counts as eighty by twenty-four") {
    const ProgressState state = downloads(9);
    CHECK(frame(state, seconds(5), {0, 0, false}) == frame(state, seconds(5), {80, 24, false}));
}

TEST_CASE("at most four parts are shown, the others are counted") {
    CHECK(
        frame(downloads(7), seconds(5), {30, 24, false}) == "installing                5 s\n"
                                                            "  fetching 160 pack...   25 %\n"
                                                            "    file-0.deb           10 %\n"
                                                            "    file-1.deb           20 %\n"
                                                            "    file-2.deb           30 %\n"
                                                            "    file-3.deb           40 %\n"
                                                            "    and 3 more\n");
}

TEST_CASE("parts that have just begun are not shown") {
    CHECK(frame(downloads(2), milliseconds(499), {80, 24, false}) == "installing\n");
}

TEST_CASE("a frame is lower than the terminal") {
    for (const std::size_t rows : {1U, 2U, 4U, 5U}) {
        const auto lines = render_frame(downloads(7), begin + seconds(5), {80, rows, false});
        CHECK(lines.size() == (rows == 1 ? 1 : rows - 1));
    }
}

TEST_CASE("colours: stages bold, output dim, nothing else; without them no escape at all") {
    ProgressState state;
    const auto stage = state.start({.kind = ActivityKind::stage, .title = "configuring"}, begin);
    state.start({.title = "copying files", .unit = "files", .parent = stage}, begin);
    state.set_output("hello");
    CHECK(
        frame(state, milliseconds(900), {80, 24, true}) == "\x1b[1mconfiguring\x1b[0m\n"
                                                           "  copying files\n"
                                                           "\x1b[2m  | hello\x1b[0m\n");
    CHECK(
        frame(state, milliseconds(900), {80, 24, false}) == "configuring\n"
                                                            "  copying files\n"
                                                            "  | hello\n");
}

TEST_CASE("what is counted, and how long it takes") {
    ProgressState state;
    const auto steps =
        state.start({.title = "installing", .unit = "packages", .total = 320}, begin);
    const auto files = state.start({.title = "copying", .unit = "files"}, begin);
    const auto bytes = state.start({.title = "reading", .unit = "bytes"}, begin);
    state.start({.title = "resolving"}, begin);
    state.advance(steps, 166, 320);
    state.advance(files, 42, 0);
    state.advance(bytes, 1'500'000, 0);
    CHECK(
        frame(state, seconds(75), {60, 24, false}) ==
        "installing          166 of 320 packages  [=====>    ]  51 %\n"
        "copying                                            42 files\n"
        "reading                                             1.50 MB\n"
        "resolving                                        1 min 15 s\n");
}

TEST_CASE("more than the whole is shown as the whole") {
    ProgressState state;
    const auto work = state.start({.title = "work", .total = 10}, begin);
    state.advance(work, 12, 10);
    CHECK(
        frame(state, seconds(1), {60, 24, false}) ==
        "work                           12 of 10  [==========] 100 %\n");
}

TEST_CASE("titles and output from outside can't steer the terminal") {
    ProgressState state;
    state.start({.kind = ActivityKind::stage, .title = "bad\x1b[2Jtitle\r\n"}, begin);
    state.set_output("first\rsecond\tx\x1b]0;title\x07\r");
    CHECK(
        frame(state, milliseconds(0), {80, 24, false}) == "bad\\x1b[2Jtitle\\x0d\\x0a\n"
                                                          "  | second x\\x1b]0;title\\x07\n");
}

TEST_CASE("the parts of what has ended stand on their own") {
    ProgressState state;
    const auto stage = state.start({.kind = ActivityKind::stage, .title = "stage"}, begin);
    state.start({.title = "part", .parent = stage}, begin);
    CHECK(state.finish(stage)->title == "stage");
    CHECK_FALSE(state.finish(stage));
    CHECK(frame(state, milliseconds(0), {80, 24, false}) == "part\n");
}

TEST_CASE("the rate is smoothed, and falls when nothing arrives") {
    ProgressState state;
    const auto id = state.start({ActivityKind::transfer, "file", "bytes", 0, 0}, begin);
    const auto rate = [&] { return state.running().at(id).rate; };
    state.advance(id, 1000, 0);
    state.sample(begin + milliseconds(400));
    CHECK(rate() == doctest::Approx(0));
    state.sample(begin + seconds(1));
    CHECK(rate() == doctest::Approx(1000));
    state.advance(id, 3000, 0);
    state.sample(begin + seconds(2));
    CHECK(rate() == doctest::Approx(1300));
    state.sample(begin + seconds(3));
    CHECK(rate() == doctest::Approx(910));
    // Starting over is no negative rate.
    state.advance(id, 10, 0);
    state.sample(begin + seconds(4));
    CHECK(rate() == doctest::Approx(637));
}

TEST_CASE("the line that stays says how it ended") {
    ShownActivity stage;
    stage.title = "installing packages";
    const auto line = [&](base::Outcome outcome, std::size_t columns, bool with_color) {
        return render_finished(stage, outcome, 18.44, {columns, 24, with_color});
    };
    CHECK(line(base::Outcome::done, 40, false) == "installing packages              18.4 s");
    CHECK(line(base::Outcome::cached, 40, false) == "installing packages              cached");
    CHECK(line(base::Outcome::failed, 44, false) == "installing packages     failed after 18.4 s");
    CHECK(line(base::Outcome::failed, 30, false) == "installing packages    failed");
    CHECK(
        line(base::Outcome::failed, 30, true) == "\x1b[1;31minstalling packages\x1b[0m    failed");
}

TEST_CASE("what fails after a wish to stop was stopped, which is nothing red") {
    ShownActivity stage;
    stage.title = "installing";
    std::stop_source stop;
    const auto line = [&](base::Outcome outcome) {
        return render_finished(stage, {outcome, stop.get_token()}, 2, {40, 24, true});
    };
    CHECK(line(base::Outcome::failed).find("\x1b[1;31m") == 0);
    stop.request_stop();
    CHECK(line(base::Outcome::failed) == "installing          stopped after 2.0 s");
    CHECK(line(base::Outcome::done) == "installing                        2.0 s");
}

TEST_CASE("nothing runs, nothing is drawn") {
    CHECK(render_frame(ProgressState(), begin, {80, 24, true}).empty());
}
