// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_window.hpp"

#include <utility>

namespace imgbuild::pack {

ChunkWindow::ChunkWindow(std::vector<std::uint64_t> costs, std::uint64_t budget)
    : costs_(std::move(costs))
    , budget_(budget) {}

std::optional<std::size_t> ChunkWindow::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
        return stopped_ || next_ == costs_.size() || in_use_ == 0 ||
               in_use_ + costs_[next_] <= budget_;
    });
    if (stopped_ || next_ == costs_.size()) {
        return std::nullopt;
    }
    in_use_ += costs_[next_];
    return next_++;
}

void ChunkWindow::put(std::size_t number, MadeChunk chunk) {
    const std::lock_guard lock(mutex_);
    in_use_ -= costs_[number];
    costs_[number] = chunk.bytes.size();
    in_use_ += costs_[number];
    made_.emplace(number, std::move(chunk));
    changed_.notify_all();
}

bool ChunkWindow::take_now(std::size_t number) {
    const std::lock_guard lock(mutex_);
    if (next_ != number || stopped_) {
        return false;
    }
    in_use_ += costs_[next_++];
    return true;
}

std::optional<MadeChunk> ChunkWindow::wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || made_.find(number) != made_.end(); });
    if (stopped_) {
        return std::nullopt;
    }
    auto node = made_.extract(number);
    return std::move(node.mapped());
}

void ChunkWindow::written(std::size_t number) {
    const std::lock_guard lock(mutex_);
    in_use_ -= costs_[number];
    changed_.notify_all();
}

void ChunkWindow::stop() noexcept {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

} // namespace imgbuild::pack
