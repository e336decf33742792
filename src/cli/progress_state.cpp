// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_state.hpp"

#include "base/text.hpp"
#include "cli/message_text.hpp"

#include <algorithm>
#include <utility>

namespace imgbuild::cli {

std::uint64_t ProgressState::start(const base::ActivityInfo& info, ProgressClock::time_point now) {
    ShownActivity activity;
    activity.kind = info.kind;
    activity.title = base::printable(info.title);
    activity.unit = base::printable(info.unit);
    activity.total = info.total;
    activity.parent = info.parent;
    activity.start = now;
    activity.sampled = now;
    running_.emplace(++last_, std::move(activity));
    return last_;
}

void ProgressState::advance(std::uint64_t activity, std::uint64_t done, std::uint64_t total) {
    const auto found = running_.find(activity);
    if (found == running_.end()) {
        return;
    }
    found->second.done = done;
    found->second.total = total;
}

std::optional<ShownActivity> ProgressState::finish(std::uint64_t activity) {
    const auto found = running_.find(activity);
    if (found == running_.end()) {
        return std::nullopt;
    }
    ShownActivity ended = std::move(found->second);
    running_.erase(found);
    return ended;
}

void ProgressState::set_output(std::string_view line) {
    const auto stage = std::find_if(running_.rbegin(), running_.rend(), [](const auto& entry) {
        return entry.second.kind == base::ActivityKind::stage;
    });
    if (stage != running_.rend()) {
        stage->second.output = output_text(line);
    }
}

void ProgressState::sample(ProgressClock::time_point now) {
    constexpr double shortest = 0.5;
    constexpr double weight_of_new = 0.3;
    for (auto& [id, activity] : running_) {
        const double seconds = std::chrono::duration<double>(now - activity.sampled).count();
        if (seconds < shortest) {
            continue;
        }
        // A transfer that starts over has less done than before.
        const std::uint64_t grown =
            activity.done > activity.sampled_done ? activity.done - activity.sampled_done : 0;
        const double current = static_cast<double>(grown) / seconds;
        activity.rate =
            activity.rate > 0 ? activity.rate + weight_of_new * (current - activity.rate) : current;
        activity.sampled = now;
        activity.sampled_done = activity.done;
    }
}

} // namespace imgbuild::cli
