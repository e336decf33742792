// SPDX-License-Identifier: Apache-2.0
#include "cli/timeline.hpp"

#include "base/text.hpp"
#include "cli/display_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::cli {

namespace {

constexpr double microseconds = 1e6;

constexpr double picture_width = 1200;
/// Room for the lanes' names.
constexpr double left = 96;
constexpr double right = 16;
constexpr double top = 54;
constexpr double lane_gap = 10;
constexpr double thick_row = 20;
constexpr double thin_row = 7;
constexpr double load_height = 26;
constexpr double letter_width = 6.1;
/// Columns of the processors' load.
constexpr std::size_t most_columns = 360;
/// With more of them, only their mean is shown.
constexpr std::size_t most_processors = 8;

// Light, and dark where the viewer prefers that.
constexpr std::string_view style =
    R"(<style>text{font:11px sans-serif;fill:#24292f}.quiet{fill:#57606a}.title{font-size:13px}
.paper{fill:#ffffff;stroke:#d0d7de}.grid{stroke:#d8dee4}.stage{fill:#9cc7ee}.work{fill:#f6cf80}
.transfer{fill:#93d0a0}.output{fill:#cdbdea}.failed{fill:#f0a3a3}.load{fill:#8c959f}.base{stroke:#afb8c1}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.paper{fill:#0d1117;stroke:#3d444d}
.grid{stroke:#262c36}.stage{fill:#1f5a94}.work{fill:#7d5a10}.transfer{fill:#22663a}.output{fill:#59418f}
.failed{fill:#912b2b}.load{fill:#768390}.base{stroke:#3d444d}}</style>)";

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

std::string_view class_of(const TraceSpan& span) {
    if (span.outcome == base::Outcome::failed) {
        return "failed";
    }
    switch (span.kind) {
    case base::ActivityKind::stage:
        return "stage";
    case base::ActivityKind::transfer:
        return "transfer";
    case base::ActivityKind::work:
        break;
    }
    return "work";
}

struct Bar {
    const TraceSpan* span = nullptr;
    std::string_view style;
    std::size_t row = 0;
    /// Where the next bar of its row starts.
    std::int64_t free_until = 0;
};

/// Gives each bar the first row that is free, in the order in which they start.
std::size_t assign_rows(std::vector<Bar>& bars, std::int64_t end) {
    std::vector<Bar*> last;
    for (Bar& bar : bars) {
        const auto row = std::find_if(last.begin(), last.end(), [&](const Bar* before) {
            return before->span->end <= bar.span->start;
        });
        bar.row = static_cast<std::size_t>(row - last.begin());
        bar.free_until = end;
        if (row == last.end()) {
            last.push_back(&bar);
        } else {
            (*row)->free_until = bar.span->start;
            *row = &bar;
        }
    }
    return last.size();
}

class Picture {
public:
    explicit Picture(const Trace& trace)
        : trace_(trace) {
        for (const TraceSpan& span : trace.spans) {
            end_ = std::max(end_, span.end);
        }
        seconds_ = static_cast<double>(end_) / microseconds;
        scale_ = (picture_width - left - right) / static_cast<double>(end_);
        // Shorter ones would be slivers that nobody can read.
        shortest_ = end_ / 400;
    }

    std::string draw() {
        add_lanes();
        add_processors();
        const double height = y_ + 6;
        std::string svg = fmt::format(
            R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1:.0f}" width="{0}" height="{1:.0f}">)"
            "\n{2}\n"
            R"(<rect class="paper" x="0.5" y="0.5" width="{3}" height="{4:.0f}" rx="6"/>)"
            R"(<text class="title" x="16" y="24">{5}</text>)"
            "\n",
            picture_width,
            height,
            style,
            picture_width - 1,
            height - 1,
            summary());
        return svg + axis(y_) + body_ + "</svg>\n";
    }

private:
    double x_of(std::int64_t time) const { return left + static_cast<double>(time) * scale_; }

    std::string summary() const {
        std::string text = base::format_duration(seconds_) + " in all";
        if (!trace_.loads.empty()) {
            const std::size_t count = trace_.loads.front().busy.size();
            text += fmt::format(
                ", {} {}, busy for {:.0f} % of it",
                count,
                count == 1 ? "processor" : "processors",
                100 * mean_load());
        }
        return text;
    }

    std::string axis(double bottom) const {
        std::string svg;
        const double step = axis_step(seconds_);
        for (double mark = 0; mark <= seconds_; mark += step) {
            svg += fmt::format(
                R"(<path class="grid" d="M{0:.1f} {1}V{2:.0f}"/><text class="quiet" x="{0:.1f}" y="{3}" )"
                R"(text-anchor="middle">{4:g} s</text>)"
                "\n",
                x_of(static_cast<std::int64_t>(mark * microseconds)),
                top - 6,
                bottom,
                top - 10,
                mark);
        }
        return svg;
    }

    void add_lanes() {
        std::vector<Bar> stages;
        std::vector<Bar> parts;
        std::vector<Bar> transfers;
        for (std::size_t i = 0; i < trace_.spans.size(); ++i) {
            const TraceSpan& span = trace_.spans[i];
            const TraceSpan& parent = trace_.spans[span.parent];
            if (span.end - span.start < shortest_) {
                continue;
            }
            if (span.kind == base::ActivityKind::transfer) {
                transfers.push_back({&span, class_of(span)});
            } else if (span.parent == i) {
                stages.push_back({&span, class_of(span)});
            } else if (span.title != parent.title) {
                parts.push_back({&span, class_of(span)});
            }
        }
        std::vector<Bar> lines;
        for (const TraceSpan& line : trace_.lines) {
            if (line.end - line.start >= shortest_) {
                lines.push_back({&line, "output"});
            }
        }
        add_lane("stages", stages, thick_row);
        add_lane("parts", parts, thick_row);
        add_lane("transfers", transfers, thin_row);
        add_lane("output", lines, thick_row);
    }

    void add_name(std::string_view name, double height) {
        body_ += fmt::format(
            R"(<text class="quiet" x="16" y="{:.1f}">{}</text>)"
            "\n",
            y_ + height / 2 + 4,
            name);
    }

    void add_lane(std::string_view name, std::vector<Bar>& bars, double row_height) {
        if (bars.empty()) {
            return;
        }
        const std::size_t rows = assign_rows(bars, end_);
        add_name(name, std::max(row_height, 12.0));
        for (const Bar& bar : bars) {
            add_bar(bar, row_height);
        }
        y_ += static_cast<double>(rows) * row_height + lane_gap;
    }

    void add_bar(const Bar& bar, double row_height) {
        const TraceSpan& span = *bar.span;
        const double x = x_of(span.start);
        const double width = std::max((x_of(span.end) - x) - 1, 1.0);
        const double y = y_ + static_cast<double>(bar.row) * row_height;
        const std::string title = base::printable(span.title);
        body_ += fmt::format(
            R"(<g><title>{0}: {1} from {2:.2f} s</title><rect class="{3}" x="{4:.1f}" y="{5:.1f}" )"
            R"(width="{6:.1f}" height="{7}" rx="2"/>)",
            escape(title),
            base::format_duration(static_cast<double>(span.end - span.start) / microseconds),
            static_cast<double>(span.start) / microseconds,
            bar.style,
            x,
            y,
            width,
            row_height - 2);
        if (row_height >= thick_row) {
            add_label(title, x, width, x_of(bar.free_until) - x, y + 13);
        }
        body_ += "</g>\n";
    }

    /// In its bar; or behind it, if there is room before the next one; or what fits in it of its beginning.
    void add_label(const std::string& title, double x, double width, double room, double y) {
        constexpr double margin = 4;
        constexpr double shortest_cut = 8 * letter_width;
        const double needed = static_cast<double>(display_width(title)) * letter_width + 2 * margin;
        std::string label = title;
        if (needed > width && needed <= room - width) {
            x += width;
        } else if (needed > width) {
            const double inside = width - 2 * margin;
            label = inside < shortest_cut
                        ? std::string()
                        : cut_to_width(title, static_cast<std::size_t>(inside / letter_width));
        }
        if (!label.empty()) {
            body_ += fmt::format(
                R"(<text x="{:.1f}" y="{:.1f}">{}</text>)", x + margin, y, escape(label));
        }
    }

    double mean_load() const {
        double sum = 0;
        double count = 0;
        for (const ProcessorLoad& load : trace_.loads) {
            for (const double busy : load.busy) {
                sum += busy;
                ++count;
            }
        }
        return sum / std::max(count, 1.0);
    }

    void add_processors() {
        if (trace_.loads.empty()) {
            return;
        }
        const std::size_t count = trace_.loads.front().busy.size();
        if (count > most_processors) {
            add_load("processors", 0, count);
            return;
        }
        for (std::size_t i = 0; i < count; ++i) {
            add_load(fmt::format("processor {}", i), i, i + 1);
        }
    }

    /// The mean of the processors [first, last) as an area.
    void add_load(std::string_view name, std::size_t first, std::size_t last) {
        add_name(name, load_height);
        const double floor = y_ + load_height;
        const std::size_t step = trace_.loads.size() / most_columns + 1;
        std::string path = fmt::format("M{:.1f} {:.1f}", left, floor);
        for (std::size_t i = 0; i < trace_.loads.size(); i += step) {
            const std::size_t end = std::min(i + step, trace_.loads.size());
            double sum = 0;
            for (std::size_t sample = i; sample < end; ++sample) {
                for (std::size_t processor = first; processor < last; ++processor) {
                    sum += trace_.loads[sample].busy[processor];
                }
            }
            const double busy = sum / static_cast<double>((end - i) * (last - first));
            path += fmt::format(
                "V{:.1f}H{:.1f}",
                floor - busy * load_height,
                x_of(std::min(trace_.loads[end - 1].time, end_)));
        }
        body_ += fmt::format(
            R"(<path class="load" d="{0}V{1:.1f}z"/><path class="base" d="M{2} {1:.1f}H{3}"/>)"
            "\n",
            path,
            floor,
            left,
            picture_width - right);
        y_ += load_height + lane_gap;
    }

    const Trace& trace_;
    std::int64_t end_ = 1;
    double seconds_ = 0;
    /// Of the picture per microsecond.
    double scale_ = 0;
    std::int64_t shortest_ = 0;
    /// Where the next lane begins.
    double y_ = top;
    std::string body_;
};

} // namespace

std::string timeline_svg(const Trace& trace) {
    return Picture(trace).draw();
}

} // namespace imgbuild::cli
