// SPDX-License-Identifier: Apache-2.0
#include "cli/timeline.hpp"

#include "cli/display_text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <regex>
#include <string>
#include <utility>
#include <vector>

using namespace imgbuild;
using cli::Trace;
using cli::TraceSpan;

namespace {

constexpr std::int64_t second = 1'000'000;

Trace sample() {
    Trace trace;
    trace.spans = {
        {.title = "installing <2>", .start = 0, .end = 40 * second, .parent = 0},
        {.title = "part", .start = 10 * second, .end = 30 * second, .parent = 0},
        {.title = "beside it", .start = 20 * second, .end = 35 * second, .parent = 0},
        {.title = "a file", .start = 1 * second, .end = 2 * second, .parent = 0},
        {.title = "too short to be seen", .start = 5 * second, .end = 5 * second + 1, .parent = 0},
        {.title = "packing", .start = 40 * second, .end = 50 * second, .parent = 5},
        {.title = "packing", .start = 41 * second, .end = 49 * second, .parent = 5},
    };
    trace.spans[0].kind = base::ActivityKind::stage;
    trace.spans[3].kind = base::ActivityKind::transfer;
    trace.spans[5].outcome = base::Outcome::failed;
    trace.lines = {{.title = "Setting up a\x1b", .start = 15 * second, .end = 16 * second}};
    trace.loads = {{20 * second, {1, 0.25}}, {51 * second, {0.5, 0.25}}};
    return trace;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The labels of bars: where they start and end, by their height in the picture.
std::map<std::string, std::vector<std::pair<double, double>>> labels_of(const std::string& svg) {
    const std::regex label(R"re(<text x="([0-9.]+)" y="([0-9.]+)">([^<]*)</text></g>)re");
    std::map<std::string, std::vector<std::pair<double, double>>> labels;
    for (auto found = std::sregex_iterator(svg.begin(), svg.end(), label);
         found != std::sregex_iterator();
         ++found) {
        const double x = std::stod((*found)[1]);
        const double width = 5.5 * static_cast<double>(cli::display_width((*found)[3].str()));
        labels[(*found)[2]].emplace_back(x, x + width);
    }
    return labels;
}

} // namespace

TEST_SUITE("timeline") {
    TEST_CASE("a bar for each, in lanes, with its text made safe") {
        const std::string svg = cli::timeline_svg(sample());
        CHECK(svg.starts_with("<svg "));
        CHECK(svg.ends_with("</svg>\n"));
        CHECK(has(svg, "<title>installing &lt;2&gt;: 40.0 s from 0.00 s</title>"));
        CHECK_FALSE(has(svg, "<2>"));
        CHECK(has(svg, "<title>beside it: 15.0 s from 20.00 s</title><rect class=\"work\""));
        CHECK(has(svg, "<title>a file: 1.0 s from 1.00 s</title><rect class=\"transfer\""));
        CHECK(has(svg, "Setting up a\\x1b: 1.0 s from 15.00 s</title><rect class=\"output\""));
        CHECK(has(svg, "<title>packing: 10.0 s from 40.00 s</title><rect class=\"failed\""));
        for (const std::string lane : {"stages", "parts", "transfers", "output"}) {
            CHECK(has(svg, ">" + lane + "</text>"));
        }
    }

    TEST_CASE("what says nothing is left out") {
        const std::string svg = cli::timeline_svg(sample());
        CHECK_FALSE(has(svg, "too short"));
        CHECK_FALSE(has(svg, "packing: 8.0 s"));
    }

    TEST_CASE("the load of each processor, or the mean of many") {
        Trace trace = sample();
        const std::string two = cli::timeline_svg(trace);
        CHECK(has(two, ">processor 0</text>"));
        CHECK(has(two, ">processor 1</text>"));
        CHECK(has(two, "50.0 s in all, 2 processors, busy for 50 % of it"));
        for (cli::ProcessorLoad& load : trace.loads) {
            load.busy.assign(64, 0.75);
        }
        const std::string many = cli::timeline_svg(trace);
        CHECK(has(many, ">processors</text>"));
        CHECK_FALSE(has(many, ">processor 0</text>"));
        CHECK(has(many, "64 processors, busy for 75 % of it"));
        trace.loads.clear();
        CHECK_FALSE(has(cli::timeline_svg(trace), "processor"));
    }

    TEST_CASE("labels do not cover each other, and a long trace stays small") {
        Trace trace;
        trace.spans.push_back({.title = "all", .start = 0, .end = 4000 * second, .parent = 0});
        for (std::size_t i = 0; i < 4000; ++i) {
            const auto start = static_cast<std::int64_t>(i) * second;
            const auto length = static_cast<std::int64_t>(1 + i * 37 % 29) * second;
            trace.spans.push_back(
                {.title = fmt::format("a part with the number {}", i),
                 .start = start,
                 .end = start + length,
                 .parent = 0});
            trace.loads.push_back({start + second, {0.5}});
            trace.lines.push_back({.title = "a line", .start = start, .end = start + length / 9});
        }
        const std::string svg = cli::timeline_svg(trace);
        CHECK(svg.size() < 1'000'000);
        for (auto& [row, labels] : labels_of(svg)) {
            CAPTURE(row);
            for (std::size_t i = 1; i < labels.size(); ++i) {
                CHECK(labels[i].first >= labels[i - 1].second);
            }
        }
    }

    TEST_CASE("nothing ran") {
        CHECK(cli::timeline_svg({}).ends_with("</svg>\n"));
    }
}
