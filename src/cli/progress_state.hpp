// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::cli {

using ProgressClock = std::chrono::steady_clock;

/// An activity as a terminal shows it. All texts are escaped already.
struct ShownActivity {
    base::ActivityKind kind = base::ActivityKind::work;
    std::string title;
    std::string unit;
    std::uint64_t done = 0;
    /// 0: not known.
    std::uint64_t total = 0;
    /// 0: none.
    std::uint64_t parent = 0;
    ProgressClock::time_point start;
    /// The last line of output of a command that this activity runs.
    std::string output;
    /// What `done` grows by in a second, smoothed; 0 until it is known.
    double rate = 0;
    /// What the rate was last computed from.
    std::uint64_t sampled_done = 0;
    ProgressClock::time_point sampled;
};

/// Which activities run and how far they are. It knows no clock and no terminal. Not thread-safe.
class ProgressState {
public:
    /// @returns the identity of the activity, never 0.
    std::uint64_t start(const base::ActivityInfo& info, ProgressClock::time_point now);

    void advance(std::uint64_t activity, std::uint64_t done, std::uint64_t total);

    /// @returns what ended; nothing if it isn't known.
    std::optional<ShownActivity> finish(std::uint64_t activity);

    /// A line of output belongs to the stage that started last; without a stage it is dropped.
    void set_output(std::string_view line);

    /// Brings the rates up to date; to be called some times a second.
    void sample(ProgressClock::time_point now);

    bool is_idle() const noexcept { return running_.empty(); }

    /// In the order in which they started.
    const std::map<std::uint64_t, ShownActivity>& running() const noexcept { return running_; }

private:
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, ShownActivity> running_;
};

} // namespace imgbuild::cli
