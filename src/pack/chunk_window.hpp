// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack/chunk_maker.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace imgbuild::pack {

/// Where makers and the writer of chunks meet: numbers are given out in order, results come back in
/// any order and are written in order. What is being made or waits to be written stays below a
/// budget of memory, unless a single chunk is larger.
///
/// It can't lock up: whoever holds the smallest number never waits for memory, and the writer takes
/// that number itself if nobody has.
class ChunkWindow {
public:
    /// @param costs memory that making each chunk takes.
    ChunkWindow(std::vector<std::uint64_t> costs, std::uint64_t budget);

    /// For makers: the next number, as soon as there is memory for it; nothing if all are given out
    /// or `stop` was called.
    std::optional<std::size_t> take();

    /// For makers: the result for a number that was taken.
    void put(std::size_t number, MadeChunk chunk);

    /// For the writer: true if it has to make chunk `number`, the next one to write, itself.
    bool take_now(std::size_t number);

    /// For the writer: waits for a number that a maker took; nothing if `stop` was called. Call
    /// `written` when the result is no longer in memory.
    std::optional<MadeChunk> wait_for(std::size_t number);

    /// For the writer: the memory of chunk `number` is free.
    void written(std::size_t number);

    /// Nothing more is given out; everybody who waits returns.
    void stop() noexcept;

private:
    /// Memory that each chunk takes at the moment or, if it was not given out, will take.
    std::vector<std::uint64_t> costs_;
    const std::uint64_t budget_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::uint64_t in_use_ = 0;
    std::map<std::size_t, MadeChunk> made_;
    bool stopped_ = false;
};

} // namespace imgbuild::pack
