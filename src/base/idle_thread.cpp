// SPDX-License-Identifier: Apache-2.0
#include "base/idle_thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <utility>

namespace imgbuild::base {

namespace {

/// Of the calling thread only.
void yield_to_everybody() noexcept {
    const sched_param parameters = {};
    if (::sched_setscheduler(0, SCHED_IDLE, &parameters) != 0) {
        (void)::setpriority(PRIO_PROCESS, 0, 19);
    }
}

} // namespace

IdleThread::IdleThread(std::function<void(std::stop_token)> work, std::stop_token stop)
    : thread_([work = std::move(work)](const std::stop_token& own_stop) {
        yield_to_everybody();
        work(own_stop);
    })
    , forward_(std::move(stop), [this] { thread_.request_stop(); }) {}

IdleThread::~IdleThread() {
    thread_.request_stop();
    const sched_param parameters = {};
    (void)::pthread_setschedparam(thread_.native_handle(), SCHED_OTHER, &parameters);
}

} // namespace imgbuild::base
