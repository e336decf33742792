// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace imgbuild::store {

/// The length of a seal.
inline constexpr std::size_t seal_size = 33;

/// Tells by a checksum (XXH3, 128 bits, an order of magnitude faster than SHA-256) whether a file is what
/// was once written: it finds bytes that have gone bad, and what a crash has left half written. Whoever
/// may change the store's files could forge it, but could as well change the program.
/// Not thread-safe.
class Seal {
public:
    Seal();
    Seal(Seal&&) noexcept;
    Seal& operator=(Seal&&) noexcept;
    Seal(const Seal&) = delete;
    Seal& operator=(const Seal&) = delete;
    ~Seal();

    void update(std::span<const std::byte> bytes);

    /// Of all bytes so far: hexadecimal digits and a line feed.
    std::string text() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::store
