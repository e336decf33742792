// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/idle_thread.hpp"
#include "pack/chunk_warmer.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace imgbuild::build {

/// Compresses packages on an idle thread while others are unpacked and configured. Given up when it is
/// destroyed.
class CompressAhead {
public:
    /// @param warmer outlives the object, and is used by nobody else meanwhile.
    CompressAhead(pack::ChunkWarmer& warmer, const base::Context& context);

    /// There are more packages. @param are_all no more will come.
    void on_unpacked(bool are_all);

private:
    void work(const std::stop_token& stop);

    pack::ChunkWarmer& warmer_;
    const base::Context context_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool has_more_ = false;
    bool are_all_ = false;
    /// Last: it uses all of the above.
    base::IdleThread thread_;
};

} // namespace imgbuild::build
