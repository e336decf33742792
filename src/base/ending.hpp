// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"

#include <stop_token>
#include <string>
#include <string_view>

namespace imgbuild::base {

/// How an activity ended, as people and programs are told: what fails after they asked to stop was stopped.
class Ending {
public:
    Ending(Outcome outcome, const std::stop_token& stop = {})
        : outcome_(outcome)
        , was_stopped_(outcome == Outcome::failed && stop.stop_requested()) {}

    bool is_failure() const noexcept { return outcome_ == Outcome::failed && !was_stopped_; }

    bool is_cached() const noexcept { return outcome_ == Outcome::cached; }

    bool is_done() const noexcept { return outcome_ == Outcome::done; }

    /// "done", "cached", "failed", "stopped"
    std::string_view word() const noexcept { return was_stopped_ ? "stopped" : name_of(outcome_); }

private:
    Outcome outcome_;
    bool was_stopped_;
};

} // namespace imgbuild::base
