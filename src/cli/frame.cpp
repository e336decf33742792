// SPDX-License-Identifier: Apache-2.0
#include "cli/frame.hpp"

#include "base/text.hpp"
#include "cli/display_text.hpp"
#include "cli/style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace imgbuild::cli {

namespace {

constexpr std::size_t most_parts = 4;
/// Wider lines tear title and figures apart.
constexpr std::size_t widest_line = 100;
/// A part that is over sooner would only flicker.
constexpr std::chrono::milliseconds shortest_shown(500);

/// The last column stays empty: a character there makes some terminals wrap.
std::size_t usable_columns(const FrameFormat& format) {
    return std::min(format.columns == 0 ? 79 : format.columns - 1, widest_line);
}

std::string elapsed_text(ProgressClock::duration elapsed) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
    return seconds < 60 ? fmt::format("{} s", seconds)
                        : base::format_duration(static_cast<double>(seconds));
}

std::string amount_text(const ShownActivity& activity) {
    if (activity.unit == "bytes") {
        const std::string done = base::format_bytes(activity.done);
        return activity.total == 0
                   ? done
                   : fmt::format("{} of {}", done, base::format_bytes(activity.total));
    }
    const std::string unit = activity.unit.empty() ? "" : " " + activity.unit;
    return activity.total == 0 ? fmt::format("{}{}", activity.done, unit)
                               : fmt::format("{} of {}{}", activity.done, activity.total, unit);
}

std::string rate_text(const ShownActivity& activity) {
    if (activity.kind != base::ActivityKind::transfer || activity.rate < 1) {
        return {};
    }
    return base::format_bytes(static_cast<std::uint64_t>(activity.rate)) + "/s";
}

/// "[=====>    ] 52 %", `width` columns without the percentage.
std::string bar_text(const ShownActivity& activity, std::size_t width) {
    const double part =
        std::min(1.0, static_cast<double>(activity.done) / static_cast<double>(activity.total));
    const std::size_t inner = width - 2;
    const auto filled = static_cast<std::size_t>(std::floor(part * static_cast<double>(inner)));
    std::string bar(filled, '=');
    if (filled < inner) {
        bar += '>';
    }
    bar.resize(inner, ' ');
    return fmt::format("[{}]", bar);
}

std::string percent_text(const ShownActivity& activity) {
    const double part =
        std::min(1.0, static_cast<double>(activity.done) / static_cast<double>(activity.total));
    return fmt::format("{:>3} %", static_cast<int>(std::floor(part * 100)));
}

/// What may stand on the right of an activity, the richest first; the last is empty.
std::vector<std::string>
figures(const ShownActivity& activity, ProgressClock::time_point now, std::size_t columns) {
    const ProgressClock::duration elapsed = now - activity.start;
    const bool counts = activity.total > 0 || activity.done > 0;
    if (activity.kind == base::ActivityKind::stage || !counts) {
        return {elapsed >= std::chrono::seconds(1) ? elapsed_text(elapsed) : "", ""};
    }
    const std::string amount = amount_text(activity);
    const std::string rate = rate_text(activity);
    const std::string amount_and_rate = rate.empty() ? amount : amount + "  " + rate;
    if (activity.total == 0) {
        return {amount_and_rate, amount, ""};
    }
    const std::string percent = percent_text(activity);
    const std::string bar = bar_text(activity, columns < 90 ? 12 : 22) + " " + percent;
    return {amount_and_rate + "  " + bar, amount + "  " + bar, bar, percent, ""};
}

/// The first of `choices` that leaves enough of the title to know what it is, else the last.
std::string choose(
    const std::vector<std::string>& choices,
    std::string_view indent,
    std::string_view title,
    std::size_t columns) {
    const std::size_t needed =
        std::min(display_width(title), std::max<std::size_t>(columns * 2 / 5, 16));
    const auto chosen = std::find_if(choices.begin(), choices.end(), [&](const std::string& text) {
        return indent.size() + needed + 2 + display_width(text) <= columns;
    });
    return chosen == choices.end() ? choices.back() : *chosen;
}

/// `left` and `right` at the two ends of `columns`; `left` is cut where they don't fit.
FrameLine spread(
    const std::string& indent,
    std::string_view left,
    std::string_view right,
    std::size_t columns,
    std::string_view left_color,
    const Style& style) {
    const std::size_t right_room = right.empty() ? 0 : display_width(right) + 2;
    const std::size_t used = std::min(columns, indent.size() + right_room);
    const std::string title = cut_to_width(left, columns - used);
    FrameLine line;
    line.text = indent + style(left_color, title);
    line.width = indent.size() + display_width(title);
    if (!right.empty() && line.width + display_width(right) < columns) {
        line.text += std::string(columns - line.width - display_width(right), ' ');
        line.text += right;
        line.width = columns;
    }
    return line;
}

class Frame {
public:
    Frame(const ProgressState& state, ProgressClock::time_point now, const FrameFormat& format)
        : state_(state)
        , now_(now)
        , columns_(usable_columns(format))
        , rows_(std::max<std::size_t>(format.rows == 0 ? 24 : format.rows, 2) - 1)
        , style_{format.with_color} {}

    std::vector<FrameLine> render() && {
        for (const auto& [id, activity] : state_.running()) {
            if (state_.running().count(activity.parent) == 0) {
                add(id, activity, 0);
            }
        }
        if (lines_.size() > rows_) {
            lines_.resize(rows_);
        }
        return std::move(lines_);
    }

private:
    void add(std::uint64_t id, const ShownActivity& activity, std::size_t depth) {
        const std::string indent(std::min<std::size_t>(2 * depth, columns_ / 4), ' ');
        const std::string right =
            choose(figures(activity, now_, columns_), indent, activity.title, columns_);
        lines_.push_back(spread(
            indent,
            activity.title,
            right,
            columns_,
            activity.kind == base::ActivityKind::stage ? sgr::bold : "",
            style_));
        add_parts(id, depth + 1);
        if (!activity.output.empty()) {
            add_dimmed(std::string(2 * depth + 2, ' ') + "| " + activity.output);
        }
    }

    void add_parts(std::uint64_t parent, std::size_t depth) {
        std::size_t shown = 0;
        std::size_t hidden = 0;
        for (const auto& [id, activity] : state_.running()) {
            if (activity.parent != parent || id == parent) {
                continue;
            }
            const bool is_lasting = activity.kind == base::ActivityKind::stage ||
                                    now_ - activity.start >= shortest_shown;
            if (is_lasting && shown < most_parts) {
                add(id, activity, depth);
                ++shown;
            } else if (is_lasting) {
                ++hidden;
            }
        }
        if (hidden > 0) {
            add_dimmed(std::string(2 * depth, ' ') + fmt::format("and {} more", hidden));
        }
    }

    void add_dimmed(const std::string& text) {
        const std::string cut = cut_to_width(text, columns_);
        lines_.push_back({style_(sgr::dim, cut), display_width(cut)});
    }

    const ProgressState& state_;
    ProgressClock::time_point now_;
    std::size_t columns_;
    std::size_t rows_;
    Style style_;
    std::vector<FrameLine> lines_;
};

} // namespace

std::vector<FrameLine>
render_frame(const ProgressState& state, ProgressClock::time_point now, const FrameFormat& format) {
    return Frame(state, now, format).render();
}

std::string render_finished(
    const ShownActivity& activity, base::Ending ending, double seconds, const FrameFormat& format) {
    const Style style{format.with_color};
    const std::size_t columns = usable_columns(format);
    const std::string time = base::format_duration(seconds);
    std::vector<std::string> choices = {time};
    if (ending.is_cached()) {
        choices = {"cached"};
    } else if (!ending.is_done()) {
        const std::string word(ending.word());
        choices = {word + " after " + time, word};
    }
    const std::string right = choose(choices, "", activity.title, columns);
    const std::string_view color = ending.is_failure() ? sgr::red : "";
    return spread("", activity.title, right, columns, color, style).text;
}

} // namespace imgbuild::cli
