// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal_reporter.hpp"

#include "cli/message_text.hpp"
#include "cli/style.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>
#include <utility>

namespace imgbuild::cli {

namespace {

constexpr std::chrono::milliseconds frame_time(100);

/// The terminal whose cursor is hidden now; -1: none.
std::atomic<int> changed_terminal = -1;

} // namespace

TerminalReporter::TerminalReporter(
    base::LogLevel least, int terminal, bool with_color, std::stop_token stop)
    : least_(least)
    , terminal_(terminal)
    , with_color_(with_color)
    , stop_(std::move(stop))
    , thread_([this] { draw_until_end(); }) {}

TerminalReporter::~TerminalReporter() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void TerminalReporter::message(base::LogLevel level, std::string_view text) noexcept {
    if (level < least_) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        for (std::string& line : message_lines(level, text, with_color_)) {
            above_.push_back(std::move(line));
        }
    }
    draw_if_idle();
}

void TerminalReporter::output(std::string_view line) noexcept {
    const std::lock_guard lock(mutex_);
    if (least_ == base::LogLevel::debug) {
        above_.push_back(Style{with_color_}(sgr::dim, "  | " + output_text(line)));
    } else {
        state_.set_output(line);
    }
}

std::uint64_t TerminalReporter::started(const base::ActivityInfo& info) noexcept {
    const std::lock_guard lock(mutex_);
    if (state_.is_idle()) {
        changed_.notify_all();
    }
    return state_.start(info, ProgressClock::now());
}

void TerminalReporter::advanced(
    std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept {
    const std::lock_guard lock(mutex_);
    state_.advance(activity, done, total);
}

void TerminalReporter::finished(
    std::uint64_t activity, base::Outcome outcome, double seconds) noexcept {
    {
        const FrameFormat now = format();
        const std::lock_guard lock(mutex_);
        const auto ended = state_.finish(activity);
        if (ended && ended->kind == base::ActivityKind::stage && least_ <= base::LogLevel::info) {
            above_.push_back(render_finished(*ended, {outcome, stop_}, seconds, now));
        }
    }
    draw_if_idle();
}

void TerminalReporter::draw_until_end() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
        if (state_.is_idle()) {
            changed_.wait(lock, [this] { return is_ending_ || !state_.is_idle(); });
        } else {
            changed_.wait_for(lock, frame_time, [this] { return is_ending_; });
        }
        lock.unlock();
        draw();
        lock.lock();
    }
    lock.unlock();
    const std::lock_guard screen(screen_);
    write(region_.update(std::exchange(above_, {}), {}, format().columns));
    changed_terminal = -1;
}

void TerminalReporter::draw() {
    const std::lock_guard screen(screen_);
    const FrameFormat now = format();
    std::vector<std::string> above;
    std::vector<FrameLine> lines;
    {
        const std::lock_guard lock(mutex_);
        const ProgressClock::time_point moment = ProgressClock::now();
        state_.sample(moment);
        above = std::exchange(above_, {});
        lines = render_frame(state_, moment, now);
    }
    const std::string bytes = region_.update(above, lines, now.columns);
    if (!lines.empty()) {
        changed_terminal = terminal_;
    }
    write(bytes);
    if (lines.empty()) {
        changed_terminal = -1;
    }
}

void TerminalReporter::draw_if_idle() {
    {
        const std::lock_guard lock(mutex_);
        if (!state_.is_idle()) {
            return;
        }
    }
    draw();
}

FrameFormat TerminalReporter::format() const {
    FrameFormat format;
    format.with_color = with_color_;
    winsize size = {};
    if (::ioctl(terminal_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        format.columns = size.ws_col;
        format.rows = size.ws_row;
    }
    return format;
}

void TerminalReporter::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t written = ::write(terminal_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            // A terminal that went away is not worth ending the work for.
            return;
        }
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

void leave_terminal_clean() noexcept {
    constexpr std::string_view bytes = "\r\x1b[J\x1b[?25h";
    const int terminal = changed_terminal.exchange(-1);
    if (terminal >= 0 && ::write(terminal, bytes.data(), bytes.size()) < 0) {
        return;
    }
}

} // namespace imgbuild::cli
