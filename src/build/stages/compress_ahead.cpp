// SPDX-License-Identifier: Apache-2.0
#include "build/stages/compress_ahead.hpp"

#include <utility>

namespace imgbuild::build {

CompressAhead::CompressAhead(pack::ChunkWarmer& warmer, const base::Context& context)
    : warmer_(warmer)
    , context_(context)
    , thread_([this](const std::stop_token& stop) { work(stop); }, context.stop) {}

void CompressAhead::on_unpacked(bool are_all) {
    {
        const std::lock_guard lock(mutex_);
        has_more_ = true;
        are_all_ = are_all_ || are_all;
    }
    changed_.notify_all();
}

void CompressAhead::work(const std::stop_token& stop) {
    base::Context context = context_;
    context.stop = stop;
    for (bool are_all = false; !are_all;) {
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [this] { return has_more_; })) {
                return;
            }
            has_more_ = false;
            are_all = are_all_;
        }
        warmer_.warm(are_all ? pack::WarmPackages::all : pack::WarmPackages::large, context);
    }
}

} // namespace imgbuild::build
