// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <functional>
#include <stop_token>

namespace imgbuild::process {

/// A descriptor that becomes readable when a stop is requested, for poll loops.
class StopEvent {
public:
    explicit StopEvent(const std::stop_token& stop);
    StopEvent(const StopEvent&) = delete;
    StopEvent& operator=(const StopEvent&) = delete;
    ~StopEvent() = default;

    int fd() const noexcept { return event_.get(); }

private:
    base::UniqueFd event_;
    std::stop_callback<std::function<void()>> callback_;
};

} // namespace imgbuild::process
