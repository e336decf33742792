// SPDX-License-Identifier: Apache-2.0
#include "cli/trace_files.hpp"

#include "base/text.hpp"
#include "json/json.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace imgbuild::cli {

namespace {

json::Value event(const TraceSpan& span, std::size_t row, const char* category) {
    return {
        {"name", base::printable(span.title)},
        {"cat", category},
        {"ph", "X"},
        {"ts", span.start},
        {"dur", span.end - span.start},
        {"pid", 1},
        {"tid", row},
        {"args", {{"outcome", std::string(name_of(span.outcome))}}},
    };
}

json::Value row_name(std::size_t row, std::string_view name) {
    return {
        {"name", "thread_name"},
        {"ph", "M"},
        {"pid", 1},
        {"tid", row},
        {"args", {{"name", name}}},
    };
}

json::Value load_event(const ProcessorLoad& load, std::size_t processor) {
    return {
        {"name", "processor " + std::to_string(processor)},
        {"ph", "C"},
        {"ts", load.time},
        {"pid", 1},
        {"args", {{"busy", load.busy[processor]}}},
    };
}

} // namespace

std::vector<std::size_t> trace_rows(const std::vector<TraceSpan>& spans) {
    std::vector<std::size_t> rows(spans.size());
    // What each row is free from.
    std::vector<std::int64_t> free_from;
    for (std::size_t number = 0; number < spans.size(); ++number) {
        const TraceSpan& span = spans[number];
        // Below its parent, so that bars do not cover each other.
        const std::size_t first = span.parent == number ? 0 : rows[span.parent] + 1;
        std::size_t row = first;
        while (row < free_from.size() && free_from[row] > span.start) {
            ++row;
        }
        free_from.resize(std::max(free_from.size(), row + 1), 0);
        free_from[row] = span.end;
        rows[number] = row;
    }
    return rows;
}

std::string chrome_trace(const Trace& trace) {
    json::Value events = json::Value::array();
    const std::vector<std::size_t> rows = trace_rows(trace.spans);
    for (std::size_t number = 0; number < trace.spans.size(); ++number) {
        events.push_back(event(trace.spans[number], rows[number] + 1, "activity"));
    }
    const std::size_t output = rows.empty() ? 1 : *std::max_element(rows.begin(), rows.end()) + 2;
    events.push_back(row_name(output, "output of commands"));
    for (const TraceSpan& line : trace.lines) {
        events.push_back(event(line, output, "output"));
    }
    for (const ProcessorLoad& load : trace.loads) {
        for (std::size_t processor = 0; processor < load.busy.size(); ++processor) {
            events.push_back(load_event(load, processor));
        }
    }
    return json::dump_line({{"traceEvents", std::move(events)}}) + "\n";
}

} // namespace imgbuild::cli
