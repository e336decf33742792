// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace imgbuild::base {

/// A fixed number of threads that run submitted tasks. One per program; work that belongs together
/// is bundled by a TaskGroup.
class ThreadPool {
public:
    /// @param threads 0: as many as there are processors this process may run on.
    explicit ThreadPool(unsigned threads = 0);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    /// Finishes what was submitted, then joins.
    ~ThreadPool();

    unsigned size() const noexcept { return static_cast<unsigned>(threads_.size()); }

private:
    friend class TaskGroup;
    void submit(std::function<void()> task);
    bool run_one();
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

/// Tasks that are waited for together. The first exception wins: tasks not yet started are dropped
/// and `wait` throws it. The waiting thread helps, so groups may be nested.
class TaskGroup {
public:
    /// @param stop checked before each task; a request makes `wait` throw Interrupted.
    TaskGroup(ThreadPool& pool, std::stop_token stop);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    /// Waits; an exception that nobody asked for is dropped.
    ~TaskGroup();

    void run(std::function<void()> task);

    /// Blocks until all tasks have ended; throws the first exception of them.
    void wait();

    /// True once a task failed or a stop was requested; long tasks look at it.
    bool failed() const;

private:
    void finish(std::exception_ptr failure);
    void drain();

    ThreadPool& pool_;
    std::stop_token stop_;
    mutable std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t pending_ = 0;
    std::exception_ptr failure_;
};

/// Calls `body(i)` for i in [0, count) on the pool's threads and the caller's.
void parallel_for(
    ThreadPool& pool,
    const std::stop_token& stop,
    std::size_t count,
    const std::function<void(std::size_t)>& body);

} // namespace imgbuild::base
