// SPDX-License-Identifier: Apache-2.0
#include "oci/piece_ring.hpp"

#include <algorithm>
#include <utility>

namespace imgbuild::oci {

std::span<std::byte> PieceRing::room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
        return abandoned_ || written_ - *std::min_element(done_.begin(), done_.end()) < pieces;
    });
    if (abandoned_) {
        return {};
    }
    std::vector<std::byte>& piece = memory_[written_ % pieces];
    piece.resize(piece_size);
    return piece;
}

void PieceRing::push(std::size_t size) {
    const std::lock_guard lock(mutex_);
    sizes_[written_ % pieces] = size;
    ++written_;
    changed_.notify_all();
}

void PieceRing::close(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
    closed_ = true;
    changed_.notify_all();
}

std::span<const std::byte> PieceRing::next(std::size_t reader) {
    std::unique_lock lock(mutex_);
    if (std::exchange(holds_[reader], false)) {
        ++done_[reader];
        changed_.notify_all();
    }
    changed_.wait(lock, [&] { return abandoned_ || closed_ || done_[reader] < written_; });
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    if (abandoned_ || done_[reader] == written_) {
        return {};
    }
    holds_[reader] = true;
    const std::size_t slot = done_[reader] % pieces;
    return std::span<const std::byte>(memory_[slot]).first(sizes_[slot]);
}

void PieceRing::abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
}

} // namespace imgbuild::oci
