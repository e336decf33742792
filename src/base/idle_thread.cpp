// SPDX-License-Identifier: Apache-2.0
#include "base/idle_thread.hpp"

#include "base/deleter.hpp"
#include "base/text.hpp"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <memory>
#include <utility>

namespace imgbuild::base {

void yield_to_everybody() noexcept {
    const sched_param parameters = {};
    if (::sched_setscheduler(0, SCHED_IDLE, &parameters) != 0) {
        (void)::setpriority(PRIO_PROCESS, 0, 19);
    }
}

void stop_yielding() noexcept {
    const std::unique_ptr<DIR, Deleter<::closedir>> threads(::opendir("/proc/self/task"));
    if (!threads) {
        return;
    }
    const sched_param parameters = {};
    while (const dirent* const thread = ::readdir(threads.get())) {
        if (const auto id = parse_number(static_cast<const char*>(thread->d_name))) {
            (void)::sched_setscheduler(static_cast<pid_t>(*id), SCHED_OTHER, &parameters);
        }
    }
}

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
