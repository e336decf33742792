// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::test {

/// Keeps the warnings, and what was begun.
class WarningReporter final : public base::Reporter {
public:
    void message(base::LogLevel level, std::string_view text) noexcept override {
        if (level == base::LogLevel::warning) {
            const std::lock_guard lock(mutex_);
            warnings_.emplace_back(text);
        }
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo& info) noexcept override {
        const std::lock_guard lock(mutex_);
        started_.push_back(info);
        return started_.size();
    }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::vector<std::string> warnings() const {
        const std::lock_guard lock(mutex_);
        return warnings_;
    }

    std::vector<base::ActivityInfo> activities() const {
        const std::lock_guard lock(mutex_);
        return started_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<base::ActivityInfo> started_;
    std::vector<std::string> warnings_;
};

} // namespace imgbuild::test
