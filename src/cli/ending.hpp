// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <stop_token>
#include <string>
#include <string_view>

namespace imgbuild::cli {

/// How an activity ended, as people and programs are told: what fails after they asked to stop was stopped.
class Ending {
public:
    Ending(base::Outcome outcome, const std::stop_token& stop = {})
        : outcome_(outcome)
        , was_stopped_(outcome == base::Outcome::failed && stop.stop_requested()) {}

    bool is_failure() const noexcept { return outcome_ == base::Outcome::failed && !was_stopped_; }

    bool is_cached() const noexcept { return outcome_ == base::Outcome::cached; }

    bool is_done() const noexcept { return outcome_ == base::Outcome::done; }

    /// "done", "cached", "failed", "stopped"
    std::string_view word() const noexcept {
        return was_stopped_ ? "stopped" : base::name_of(outcome_);
    }

private:
    base::Outcome outcome_;
    bool was_stopped_;
};

} // namespace imgbuild::cli
