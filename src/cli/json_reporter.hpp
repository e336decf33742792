// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

namespace imgbuild::cli {

/// One JSON object a line on standard error, for programs (docs/progress.md). Thread-safe.
class JsonReporter final : public base::Reporter {
public:
    /// @param stop tells what failed from what was stopped.
    explicit JsonReporter(base::LogLevel least, std::stop_token stop = {})
        : least_(least)
        , stop_(std::move(stop)) {}

    void message(base::LogLevel level, std::string_view text) noexcept override;
    void output(std::string_view line) noexcept override;
    std::uint64_t started(const base::ActivityInfo& info) noexcept override;
    void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept override;
    void finished(std::uint64_t activity, base::Outcome outcome, double seconds) noexcept override;

private:
    base::LogLevel least_;
    std::stop_token stop_;
    std::mutex mutex_;
    std::uint64_t last_ = 0;
    /// When each activity's progress was last written: at most ten lines a second and activity.
    std::map<std::uint64_t, std::chrono::steady_clock::time_point> written_;
};

} // namespace imgbuild::cli
