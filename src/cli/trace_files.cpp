// SPDX-License-Identifier: Apache-2.0
#include "cli/trace_files.hpp"

#include "base/text.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace imgbuild::cli {

namespace {

constexpr double microseconds = 1e6;

std::int64_t end_of(const std::vector<TraceSpan>& spans) {
    std::int64_t end = 1;
    for (const TraceSpan& span : spans) {
        end = std::max(end, span.end);
    }
    return end;
}

std::size_t depth_of(const std::vector<TraceSpan>& spans, std::size_t number) {
    std::size_t depth = 0;
    while (spans[number].parent != number) {
        number = spans[number].parent;
        ++depth;
    }
    return depth;
}

std::string escape(std::string_view text) {
    std::string escaped;
    for (const char character : text) {
        switch (character) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        default:
            escaped += character;
        }
    }
    return escaped;
}

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

/// Seconds between two marks of the axis: about ten marks in all.
double axis_step(double seconds) {
    constexpr std::array<double, 12> steps = {0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800};
    for (const double step : steps) {
        if (seconds / step <= 12) {
            return step;
        }
    }
    return 7200;
}

const char* colour_of(const TraceSpan& span) {
    if (span.outcome == base::Outcome::failed) {
        return "#d1495b";
    }
    switch (span.kind) {
    case base::ActivityKind::stage:
        return "#2e6f95";
    case base::ActivityKind::transfer:
        return "#66a182";
    case base::ActivityKind::work:
        return "#edae49";
    }
    return "";
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
    return json::dump_line({{"traceEvents", std::move(events)}}) + "\n";
}

std::string timeline_svg(const Trace& trace) {
    constexpr double width = 1200;
    constexpr double row_height = 22;
    constexpr double axis_height = 24;
    // Shorter ones would be slivers that nobody can read.
    const std::int64_t end = end_of(trace.spans);
    const std::int64_t shortest = end / 400;
    std::vector<TraceSpan> spans;
    std::vector<std::size_t> numbers(trace.spans.size());
    for (std::size_t i = 0; i < trace.spans.size(); ++i) {
        TraceSpan span = trace.spans[i];
        numbers[i] = spans.size();
        if (span.end - span.start >= shortest) {
            span.parent = span.parent == i ? spans.size() : numbers[span.parent];
            spans.push_back(span);
        }
    }
    const std::vector<std::size_t> rows = trace_rows(spans);
    const std::size_t count = rows.empty() ? 1 : *std::max_element(rows.begin(), rows.end()) + 1;
    const double height = axis_height + static_cast<double>(count) * row_height + 8;
    std::string svg = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" )"
        R"(font-family="sans-serif" font-size="12"><rect width="{0}" height="{1}" fill="#ffffff"/>)"
        "\n",
        width,
        height);
    const double seconds = static_cast<double>(end) / microseconds;
    const double scale = (width - 20) / seconds;
    const double step = axis_step(seconds);
    for (double mark = 0; mark <= seconds; mark += step) {
        const double x = 10 + mark * scale;
        svg += fmt::format(
            R"(<line x1="{0:.1f}" y1="18" x2="{0:.1f}" y2="{1}" stroke="#dddddd"/>)"
            R"(<text x="{2:.1f}" y="13" fill="#555555">{3:g} s</text>)"
            "\n",
            x,
            height,
            x + 2,
            mark);
    }
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const TraceSpan& span = spans[i];
        const double start = static_cast<double>(span.start) / microseconds;
        const double length = static_cast<double>(span.end - span.start) / microseconds;
        const double x = 10 + start * scale;
        const double y = axis_height + static_cast<double>(rows[i]) * row_height;
        const std::string title = escape(base::printable(span.title));
        svg += fmt::format(
            R"(<g><title>{0}: {1} from {2:.2f} s</title><svg x="{3:.1f}" y="{4:.1f}" width="{5:.1f}" )"
            R"(height="20"><rect width="100%" height="20" rx="2" fill="{6}" fill-opacity="{7:.2f}"/>)"
            R"(<text x="4" y="14" fill="#111111">{0}</text></svg></g>)"
            "\n",
            title,
            base::format_duration(length),
            start,
            x,
            y,
            std::max(length * scale, 1.0),
            colour_of(span),
            depth_of(spans, i) == 0 ? 0.85 : 0.55);
    }
    return svg + "</svg>\n";
}

} // namespace imgbuild::cli
