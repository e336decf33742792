// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::test {

/// Keeps the warnings.
class WarningReporter final : public base::Reporter {
public:
    void message(base::LogLevel level, std::string_view text) noexcept override {
        if (level == base::LogLevel::warning) {
            const std::lock_guard lock(mutex_);
            warnings_.emplace_back(text);
        }
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return 1; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::vector<std::string> warnings() const {
        const std::lock_guard lock(mutex_);
        return warnings_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> warnings_;
};

} // namespace imgbuild::test
