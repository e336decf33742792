// SPDX-License-Identifier: Apache-2.0
#include "base/idle_thread.hpp"

#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>

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

TEST_CASE("a thread that yields, and those it starts, do so until all have to end") {
    std::thread([] {
        base::yield_to_everybody();
        std::promise<void> may_look;
        int policy_of_child = -1;
        int policy_at_end = -1;
        std::promise<void> looked;
        std::thread child([&, wait = may_look.get_future()] {
            policy_of_child = ::sched_getscheduler(0);
            looked.set_value();
            wait.wait();
            policy_at_end = ::sched_getscheduler(0);
        });
        looked.get_future().wait();
        base::stop_yielding();
        may_look.set_value();
        child.join();
        CHECK(policy_of_child == SCHED_IDLE);
        // An ordinary user may not.
        CHECK(policy_at_end == (::geteuid() == 0 ? SCHED_OTHER : SCHED_IDLE));
    }).join();
}
