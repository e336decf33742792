// SPDX-License-Identifier: Apache-2.0
#include "build/build_log.hpp"

#include "base/ending.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::build {

BuildLog::BuildLog(std::string path, base::Reporter& next, std::stop_token stop)
    : path_(std::move(path))
    , next_(next)
    , stop_(std::move(stop))
    , fd_(base::open_at(AT_FDCWD, path_, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644)) {}

std::size_t BuildLog::warning_count() const {
    const std::lock_guard lock(mutex_);
    return warnings_.size();
}

std::vector<std::string> BuildLog::warnings(std::size_t start) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> different;
    for (std::size_t i = start; i < warnings_.size(); ++i) {
        if (std::find(different.begin(), different.end(), warnings_[i]) == different.end()) {
            different.push_back(warnings_[i]);
        }
    }
    return different;
}

void BuildLog::recall_warning(std::string_view text) noexcept {
    try {
        write(
            fmt::format("{} (of an earlier build): {}\n", name_of(base::LogLevel::warning), text));
        const std::lock_guard lock(mutex_);
        warnings_.emplace_back(text);
    } catch (const std::exception&) {
        // As below.
    }
}

void BuildLog::record(std::string_view text) noexcept {
    write(std::string(text) + "\n");
}

void BuildLog::message(base::LogLevel level, std::string_view text) noexcept {
    try {
        write(fmt::format("{}: {}\n", base::name_of(level), text));
        if (level == base::LogLevel::warning) {
            const std::lock_guard lock(mutex_);
            warnings_.emplace_back(text);
        }
    } catch (const std::exception&) {
        // A log line that can't be kept must not end the build.
    }
    next_.message(level, text);
}

void BuildLog::output(std::string_view line) noexcept {
    write(std::string(line) + "\n");
    next_.output(line);
}

std::uint64_t BuildLog::started(const base::ActivityInfo& info) noexcept {
    const std::uint64_t activity = next_.started(info);
    try {
        write(fmt::format("== {}\n", info.title));
        const std::lock_guard lock(mutex_);
        titles_.emplace(activity, info.title);
    } catch (const std::exception&) {
        // As above.
    }
    return activity;
}

void BuildLog::advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept {
    next_.advanced(activity, done, total);
}

void BuildLog::finished(std::uint64_t activity, base::Outcome outcome, double seconds) noexcept {
    try {
        std::string title;
        {
            const std::lock_guard lock(mutex_);
            if (const auto found = titles_.find(activity); found != titles_.end()) {
                title = found->second;
                titles_.erase(found);
            }
        }
        write(fmt::format(
            "== {}: {}, {}\n",
            title,
            base::Ending(outcome, stop_).word(),
            base::format_duration(seconds)));
    } catch (const std::exception&) {
        // As above.
    }
    next_.finished(activity, outcome, seconds);
}

void BuildLog::write(std::string_view text) noexcept {
    try {
        base::write_all(fd_.get(), text, path_);
    } catch (const std::exception&) {
        // The disk may be full; the build itself will find out and say so.
    }
}

} // namespace imgbuild::build
