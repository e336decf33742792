// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace imgbuild::compress {

/// Takes bits from bytes, least significant first. Reading behind the end gives zeros; `position`
/// then lies behind the end, which the caller checks.
class BitReader {
public:
    explicit BitReader(std::span<const std::byte> bytes)
        : bytes_(bytes) {}

    /// Makes at least `guaranteed` bits available.
    void refill() noexcept {
        if constexpr (std::endian::native == std::endian::little) {
            if (next_ + sizeof buffer_ <= bytes_.size()) {
                std::uint64_t word = 0;
                std::memcpy(&word, bytes_.data() + next_, sizeof word);
                buffer_ |= word << available_;
                next_ += (63 - available_) >> 3U;
                available_ |= 56;
                return;
            }
        }
        while (available_ <= 56) {
            const std::uint64_t byte =
                next_ < bytes_.size() ? std::to_integer<std::uint64_t>(bytes_[next_]) : 0;
            buffer_ |= byte << available_;
            ++next_;
            available_ += 8;
        }
    }

    static constexpr unsigned guaranteed = 56;

    unsigned available() const noexcept { return available_; }

    /// The next `count` bits, fewer than 64, which must be available.
    std::uint64_t peek(unsigned count) const noexcept {
        return buffer_ & ((std::uint64_t{1} << count) - 1);
    }

    void skip(unsigned count) noexcept {
        buffer_ >>= count;
        available_ -= count;
    }

    std::uint64_t take(unsigned count) noexcept {
        refill();
        const std::uint64_t bits = peek(count);
        skip(count);
        return bits;
    }

    /// Goes to a byte's start and jumps over `count` bytes.
    void skip_bytes(std::size_t count) noexcept {
        next_ = static_cast<std::size_t>((position() + 7) / 8) + count;
        buffer_ = 0;
        available_ = 0;
    }

    void align_to_byte() noexcept { skip_bytes(0); }

    /// Goes to a bit, counted from the start.
    void seek(std::uint64_t bit) noexcept {
        next_ = static_cast<std::size_t>(bit / 8);
        buffer_ = 0;
        available_ = 0;
        refill();
        skip(static_cast<unsigned>(bit % 8));
    }

    /// Bits taken so far.
    std::uint64_t position() const noexcept { return std::uint64_t{next_} * 8 - available_; }

    bool past_end() const noexcept { return position() > std::uint64_t{bytes_.size()} * 8; }

private:
    std::span<const std::byte> bytes_;
    std::size_t next_ = 0;
    std::uint64_t buffer_ = 0;
    unsigned available_ = 0;
};

} // namespace imgbuild::compress
