// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace imgbuild::base {

/// From now on the calling thread, and those that it starts, get a processor only while nothing else on the
/// machine wants it.
void yield_to_everybody() noexcept;

/// All threads of this process are as any others again, where that is allowed: so that what has to end ends
/// soon, also on a machine that others keep busy.
void stop_yielding() noexcept;

/// Work that nobody waits for: it gets a processor only while nothing else on the machine wants it, and
/// is given up when its owner is destroyed. Threads that the work starts are of the same kind.
class IdleThread {
public:
    /// @param work looks at its token often, and throws nothing.
    /// @param stop ends the work, too.
    IdleThread(std::function<void(std::stop_token)> work, std::stop_token stop);
    IdleThread(const IdleThread&) = delete;
    IdleThread& operator=(const IdleThread&) = delete;
    /// Asks the work to end and waits until it has: from now on it gets a processor like any other, where
    /// that is allowed.
    ~IdleThread();

private:
    std::jthread thread_;
    /// After the thread: gone before it is joined.
    std::stop_callback<std::function<void()>> forward_;
};

} // namespace imgbuild::base
