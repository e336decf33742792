// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

namespace imgbuild::cli {

/// A line for each stage that starts and ends, for pipes and log files. Thread-safe.
class PlainReporter final : public base::Reporter {
public:
    /// @param stop tells what failed from what was stopped.
    PlainReporter(base::LogLevel least, bool with_color, std::stop_token stop = {})
        : least_(least)
        , with_color_(with_color)
        , stop_(std::move(stop)) {}

    void message(base::LogLevel level, std::string_view text) noexcept override;
    void output(std::string_view line) noexcept override;
    std::uint64_t started(const base::ActivityInfo& info) noexcept override;
    void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept override;
    void finished(std::uint64_t activity, base::Outcome outcome, double seconds) noexcept override;

private:
    void print(std::string_view line) noexcept;

    base::LogLevel least_;
    bool with_color_;
    std::stop_token stop_;
    std::mutex mutex_;
    std::uint64_t last_ = 0;
    /// Stages only: smaller steps would make a log unreadable.
    std::map<std::uint64_t, std::string> stages_;
};

} // namespace imgbuild::cli
