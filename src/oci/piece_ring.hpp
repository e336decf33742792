// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <vector>

namespace imgbuild::oci {

/// Hands pieces of a stream from one thread to two, without copying: each of the readers sees every
/// piece, and a piece's memory is used again once both are done with it.
class PieceRing {
public:
    static constexpr std::size_t readers = 2;
    static constexpr std::size_t piece_size = std::size_t{256} << 10U;
    static constexpr std::size_t pieces = 16;

    /// For the writer: memory for the next piece; waits for it. Empty: the readers have gone.
    std::span<std::byte> room();
    /// For the writer: the first `size` bytes of `room` are a piece.
    void push(std::size_t size);
    /// For the writer: there are no more pieces. @param failure thrown to the readers.
    void close(std::exception_ptr failure);

    /// For reader number `reader`: the next piece, empty at the end; valid until its next call.
    /// @throws what the writer failed with, at once.
    std::span<const std::byte> next(std::size_t reader);

    /// A reader wants no more; nobody waits any longer.
    void abandon();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<std::vector<std::byte>, pieces> memory_;
    std::array<std::size_t, pieces> sizes_ = {};
    std::uint64_t written_ = 0;
    /// How many pieces each reader is done with, and whether it holds the one after these.
    std::array<std::uint64_t, readers> done_ = {};
    std::array<bool, readers> holds_ = {};
    std::exception_ptr failure_;
    bool closed_ = false;
    bool abandoned_ = false;
};

} // namespace imgbuild::oci
