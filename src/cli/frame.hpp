// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a terminal shows of running and finished activities, as pure functions of the state.
 */
#pragma once

#include "base/ending.hpp"
#include "base/progress.hpp"
#include "cli/progress_state.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace imgbuild::cli {

struct FrameFormat {
    /// Of the terminal; 0 counts as not known.
    std::size_t columns = 80;
    std::size_t rows = 24;
    bool with_color = false;
};

struct FrameLine {
    /// May contain colours, no other control characters.
    std::string text;
    /// Columns that it takes: always less than the terminal has.
    std::size_t width = 0;
};

/// A line for each running activity, parts indented under the whole; at most a handful of parts and
/// always less lines than the terminal has rows.
std::vector<FrameLine>
render_frame(const ProgressState& state, ProgressClock::time_point now, const FrameFormat& format);

/// The line that stays of an activity: its title and how it ended.
std::string render_finished(
    const ShownActivity& activity, base::Ending ending, double seconds, const FrameFormat& format);

} // namespace imgbuild::cli
