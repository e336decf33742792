// SPDX-License-Identifier: Apache-2.0
#include "base/unified_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace imgbuild::base {

namespace {

constexpr std::size_t context_lines = 3;

using Lines = std::vector<std::string_view>;

/// With their line ends.
Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

/// A line of the difference.
struct Step {
    /// ' ', '-' or '+'.
    char kind = ' ';
    std::string_view line;
};

/// The shortest way from one text to the other, by Myers' greedy search: for each number of changes,
/// how far one comes on each diagonal.
class ShortestWay {
public:
    ShortestWay(const Lines& a, const Lines& b)
        : a_(a)
        , b_(b)
        , width_(static_cast<std::ptrdiff_t>(a.size() + b.size()) + 1)
        , reached_(static_cast<std::size_t>(2 * width_ + 1), 0) {}

    std::vector<Step> find() {
        std::vector<std::vector<std::ptrdiff_t>> history;
        const auto end_a = static_cast<std::ptrdiff_t>(a_.size());
        const auto end_b = static_cast<std::ptrdiff_t>(b_.size());
        for (std::ptrdiff_t changes = 0;; ++changes) {
            history.push_back(reached_);
            for (std::ptrdiff_t k = -changes; k <= changes; k += 2) {
                std::ptrdiff_t x = start(k, changes);
                std::ptrdiff_t y = x - k;
                while (x < end_a && y < end_b && line(a_, x) == line(b_, y)) {
                    ++x;
                    ++y;
                }
                at(reached_, k) = x;
                if (x >= end_a && y >= end_b) {
                    return backtrack(history, changes);
                }
            }
        }
    }

private:
    static std::string_view line(const Lines& lines, std::ptrdiff_t at) {
        return lines[static_cast<std::size_t>(at)];
    }

    std::ptrdiff_t& at(std::vector<std::ptrdiff_t>& reached, std::ptrdiff_t k) const {
        return reached[static_cast<std::size_t>(k + width_)];
    }

    bool goes_down(std::vector<std::ptrdiff_t>& reached, std::ptrdiff_t k, std::ptrdiff_t changes) {
        return k == -changes || (k != changes && at(reached, k - 1) < at(reached, k + 1));
    }

    std::ptrdiff_t start(std::ptrdiff_t k, std::ptrdiff_t changes) {
        if (changes == 0) {
            return 0;
        }
        return goes_down(reached_, k, changes) ? at(reached_, k + 1) : at(reached_, k - 1) + 1;
    }

    std::vector<Step>
    backtrack(std::vector<std::vector<std::ptrdiff_t>>& history, std::ptrdiff_t changes) {
        std::vector<Step> steps;
        auto x = static_cast<std::ptrdiff_t>(a_.size());
        auto y = static_cast<std::ptrdiff_t>(b_.size());
        for (; changes >= 0; --changes) {
            auto& before = history[static_cast<std::size_t>(changes)];
            const std::ptrdiff_t k = x - y;
            const bool down = goes_down(before, k, changes);
            const std::ptrdiff_t from_k = down ? k + 1 : k - 1;
            const std::ptrdiff_t from_x = changes == 0 ? 0 : at(before, from_k);
            const std::ptrdiff_t from_y = changes == 0 ? 0 : from_x - from_k;
            while (x > from_x && y > from_y) {
                steps.push_back({' ', line(a_, --x)});
                --y;
            }
            if (changes > 0) {
                steps.push_back(down ? Step{'+', line(b_, --y)} : Step{'-', line(a_, --x)});
            }
        }
        std::reverse(steps.begin(), steps.end());
        return steps;
    }

    const Lines& a_;
    const Lines& b_;
    std::ptrdiff_t width_;
    std::vector<std::ptrdiff_t> reached_;
};

std::string range(std::size_t first, std::size_t count) {
    if (count == 1) {
        return fmt::format("{}", first + 1);
    }
    return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

/// Removals first within each run of changes, as people expect them.
void sort_changes(std::vector<Step>& steps) {
    auto begin = steps.begin();
    while (begin != steps.end()) {
        const auto end =
            std::find_if(begin, steps.end(), [](const Step& step) { return step.kind == ' '; });
        std::stable_partition(begin, end, [](const Step& step) { return step.kind == '-'; });
        begin = end == steps.end() ? end : end + 1;
    }
}

/// Behind the last of the changes that belong together: between two of them there are at most two
/// contexts. @param first the first of them.
std::size_t last_change(const std::vector<Step>& steps, std::size_t first) {
    std::size_t end = first + 1;
    for (std::size_t i = first; i < std::min(end + 2 * context_lines + 1, steps.size()); ++i) {
        if (steps[i].kind != ' ') {
            end = i + 1;
        }
    }
    return end;
}

/// Counts lines on both sides.
struct LineCount {
    std::size_t in_old = 0;
    std::size_t in_new = 0;

    void add(const Step& step) {
        in_old += step.kind != '+' ? 1 : 0;
        in_new += step.kind != '-' ? 1 : 0;
    }
};

} // namespace

std::string unified_diff(
    std::string_view old_text,
    std::string_view new_text,
    std::string_view old_name,
    std::string_view new_name) {
    if (old_text == new_text) {
        return {};
    }
    const Lines old_lines = lines_of(old_text);
    const Lines new_lines = lines_of(new_text);
    std::vector<Step> steps = ShortestWay(old_lines, new_lines).find();
    sort_changes(steps);
    std::string text = fmt::format("--- {}\n+++ {}\n", old_name, new_name);
    LineCount before;
    std::size_t at = 0;
    while (true) {
        std::size_t first = at;
        while (first < steps.size() && steps[first].kind == ' ') {
            ++first;
        }
        if (first == steps.size()) {
            return text;
        }
        for (; at + context_lines < first; ++at) {
            before.add(steps[at]);
        }
        const std::size_t end = std::min(last_change(steps, first) + context_lines, steps.size());
        std::string body;
        LineCount inside;
        for (; at < end; ++at) {
            body += steps[at].kind;
            body += steps[at].line;
            body += steps[at].line.back() == '\n' ? "" : "\n\\ No newline at end of file\n";
            inside.add(steps[at]);
        }
        text += fmt::format(
            "@@ -{} +{} @@\n{}",
            range(before.in_old, inside.in_old),
            range(before.in_new, inside.in_new),
            body);
        before.in_old += inside.in_old;
        before.in_new += inside.in_new;
    }
}

} // namespace imgbuild::base
