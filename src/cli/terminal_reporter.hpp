// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "cli/live_region.hpp"
#include "cli/progress_state.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace imgbuild::cli {

/// Running activities as lines that move at the bottom of a terminal, with what stays (ended stages,
/// messages) above them. Thread-safe: a thread of its own draws, at most ten times a second, so
/// whoever reports never waits for a terminal that is slow or stopped; only when the last activity
/// ends the region is cleared at once, since output of others may follow.
class TerminalReporter final : public base::Reporter {
public:
    /// @param terminal descriptor of the terminal; stays open as long as this object lives.
    /// @param stop tells what failed from what was stopped.
    TerminalReporter(
        base::LogLevel least, int terminal, bool with_color, std::stop_token stop = {});

    /// Clears the region, and shows the cursor again.
    ~TerminalReporter() override;

    void message(base::LogLevel level, std::string_view text) noexcept override;
    void output(std::string_view line) noexcept override;
    std::uint64_t started(const base::ActivityInfo& info) noexcept override;
    void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept override;
    void finished(std::uint64_t activity, base::Outcome outcome, double seconds) noexcept override;

private:
    void draw_until_end();
    void draw();
    void draw_if_idle();
    FrameFormat format() const;
    void write(std::string_view bytes) const;

    const base::LogLevel least_;
    const int terminal_;
    const bool with_color_;
    const std::stop_token stop_;

    /// Guards what follows it, up to the screen's own lock.
    std::mutex mutex_;
    std::condition_variable changed_;
    ProgressState state_;
    /// Lines to put above the region with the next frame.
    std::vector<std::string> above_;
    bool is_ending_ = false;

    /// Taken before mutex_: frames reach the terminal in the order in which they were made.
    std::mutex screen_;
    LiveRegion region_;

    std::thread thread_;
};

/// Shows the cursor if a region has hidden it. For an end of the process without destructors.
void leave_terminal_clean() noexcept;

} // namespace imgbuild::cli
