// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace imgbuild::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into a request to stop; a second one ends the process at once
/// (the kernel then ends what runs in sandboxes, and mounts vanish with their namespace).
///
/// Made before any other thread, so that all threads have these signals blocked and only the watching
/// one gets them.
class SignalWatch {
public:
    SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch();

    std::stop_token stop_token() const { return source_.get_token(); }

private:
    void watch();

    std::stop_source source_;
    sigset_t former_mask_ = {};
    std::thread thread_;
};

} // namespace imgbuild::cli
