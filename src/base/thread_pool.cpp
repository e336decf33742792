// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.hpp"

#include "base/cancel.hpp"
#include "base/failure.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace imgbuild::base {

namespace {

unsigned usable_processors() {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    if (::sched_getaffinity(0, sizeof processors, &processors) == 0) {
        return static_cast<unsigned>(std::max(1, CPU_COUNT(&processors)));
    }
    return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

ThreadPool::ThreadPool(unsigned threads) {
    const unsigned count = threads == 0 ? usable_processors() : threads;
    threads_.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::submit(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
}

bool ThreadPool::run_one() {
    std::function<void()> task;
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) {
            return false;
        }
        task = std::move(tasks_.front());
        tasks_.pop_front();
    }
    task();
    return true;
}

void ThreadPool::work() {
    // What the pool does ahead must not hold up the programs of the image, on which everything waits.
    (void)::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + 5);
    for (;;) {
        std::function<void()> task;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
            if (tasks_.empty()) {
                return;
            }
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
}

TaskGroup::TaskGroup(ThreadPool& pool, std::stop_token stop)
    : pool_(pool)
    , stop_(std::move(stop)) {}

TaskGroup::~TaskGroup() {
    drain();
}

void TaskGroup::run(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        ++pending_;
    }
    pool_.submit([this, task = std::move(task)] {
        std::exception_ptr failure;
        if (!failed()) {
            failure = failure_of(task);
        }
        finish(std::move(failure));
    });
}

void TaskGroup::finish(std::exception_ptr failure) {
    // Notified under the lock: the group may be gone as soon as a waiter sees pending_ == 0.
    const std::lock_guard lock(mutex_);
    if (failure && !failure_) {
        failure_ = std::move(failure);
    }
    --pending_;
    ended_.notify_all();
}

void TaskGroup::drain() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (pending_ == 0) {
                return;
            }
        }
        if (!pool_.run_one()) {
            // Nothing left to help with: what is pending runs on other threads. The time limit covers
            // tasks that those submit for this group meanwhile.
            std::unique_lock lock(mutex_);
            ended_.wait_for(lock, std::chrono::milliseconds(50), [this] { return pending_ == 0; });
        }
    }
}

void TaskGroup::wait() {
    drain();
    std::exception_ptr failure;
    {
        const std::lock_guard lock(mutex_);
        failure = std::exchange(failure_, nullptr);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    throw_if_stopped(stop_);
}

bool TaskGroup::failed() const {
    if (stop_.stop_requested()) {
        return true;
    }
    const std::lock_guard lock(mutex_);
    return failure_ != nullptr;
}

void parallel_for(
    ThreadPool& pool,
    const std::stop_token& stop,
    std::size_t count,
    const std::function<void(std::size_t)>& body) {
    std::atomic<std::size_t> next = 0;
    TaskGroup group(pool, stop);
    const std::size_t workers = std::min<std::size_t>(count, pool.size());
    for (std::size_t worker = 0; worker < workers; ++worker) {
        group.run([&] {
            for (std::size_t i = next++; i < count && !group.failed(); i = next++) {
                body(i);
            }
        });
    }
    group.wait();
}

} // namespace imgbuild::base
