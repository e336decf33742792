// SPDX-License-Identifier: Apache-2.0
#include "cli/plain_reporter.hpp"

#include "base/ending.hpp"
#include "base/text.hpp"
#include "cli/message_text.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace imgbuild::cli {

namespace {

std::string ending_text(const base::Ending& ending, double seconds) {
    if (ending.is_cached()) {
        return "cached";
    }
    const std::string time = base::format_duration(seconds);
    return ending.is_done() ? "done in " + time : fmt::format("{} after {}", ending.word(), time);
}

} // namespace

void PlainReporter::message(base::LogLevel level, std::string_view text) noexcept {
    if (level < least_) {
        return;
    }
    const std::lock_guard lock(mutex_);
    for (const std::string& line : message_lines(level, text, with_color_)) {
        print(line);
    }
}

void PlainReporter::output(std::string_view line) noexcept {
    if (least_ == base::LogLevel::debug) {
        const std::lock_guard lock(mutex_);
        print("  | " + output_text(line));
    }
}

std::uint64_t PlainReporter::started(const base::ActivityInfo& info) noexcept {
    const std::lock_guard lock(mutex_);
    const std::uint64_t activity = ++last_;
    if (info.kind == base::ActivityKind::stage && least_ <= base::LogLevel::info) {
        stages_.emplace(activity, info.title);
        print(fmt::format("{} ...", base::printable(info.title)));
    }
    return activity;
}

void PlainReporter::advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept {}

void PlainReporter::finished(
    std::uint64_t activity, base::Outcome outcome, double seconds) noexcept {
    const std::lock_guard lock(mutex_);
    const auto stage = stages_.find(activity);
    if (stage == stages_.end()) {
        return;
    }
    print(fmt::format(
        "{}: {}",
        base::printable(stage->second),
        ending_text(base::Ending(outcome, stop_), seconds)));
    stages_.erase(stage);
}

void PlainReporter::print(std::string_view line) noexcept {
    const std::string text = std::string(line) + "\n";
    // A progress line that can't be written is not worth ending the work for.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) {
        return;
    }
}

} // namespace imgbuild::cli
