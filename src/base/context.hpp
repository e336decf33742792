// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "base/thread_pool.hpp"

#include <stop_token>

namespace imgbuild::base {

/// What every longer operation is handed: where to report, when to stop, and the threads to use.
/// Refers to objects that outlive every operation; cheap to copy.
struct Context {
    Reporter& reporter;
    ThreadPool& pool;
    std::stop_token stop;
    /// The activity that new activities belong to; 0: none.
    std::uint64_t parent_activity = 0;
};

} // namespace imgbuild::base
