// SPDX-License-Identifier: Apache-2.0
#include "base/idle_thread.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <future>
#include <optional>

using namespace imgbuild;

TEST_CASE("work runs on a thread of its own that yields to everybody") {
    std::promise<int> policy;
    const base::IdleThread thread(
        [&](const std::stop_token&) { policy.set_value(::sched_getscheduler(0)); }, {});
    CHECK(policy.get_future().get() == SCHED_IDLE);
    CHECK(::sched_getscheduler(0) != SCHED_IDLE);
}

TEST_CASE("work ends with its owner, or when everything stops") {
    std::atomic<bool> ended = false;
    const auto work = [&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::this_thread::yield();
        }
        ended = true;
    };
    std::optional<base::IdleThread> thread;
    thread.emplace(work, std::stop_token());
    thread.reset();
    CHECK(ended.exchange(false));

    std::stop_source everything;
    thread.emplace(work, everything.get_token());
    everything.request_stop();
    while (!ended) {
        std::this_thread::yield();
    }
    thread.reset();

    ended = false;
    thread.emplace(work, everything.get_token());
    thread.reset();
    CHECK(ended);
}
