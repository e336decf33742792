// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace imgbuild::crypto {

/// What a `KeyedHash` makes of some bytes. Says nothing under another key, and is kept to oneself.
struct KeyedSum {
    std::array<std::uint8_t, 16> bytes = {};

    bool operator==(const KeyedSum&) const = default;
};

/// A random key. Never leaves the process.
class HashKey {
public:
    /// Draws a new one.
    HashKey();

    std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

private:
    std::array<std::uint8_t, 32> bytes_;
};

/// Tells bytes from others several times faster than SHA-256 does: Poly1305 (RFC 8439) as a universal hash. Whoever
/// knows neither the key nor any sum can't make two texts of one sum but by chance (less than 2^-70 for a text of
/// 4 GiB). Not thread-safe.
class KeyedHash {
public:
    explicit KeyedHash(const HashKey& key);
    KeyedHash(KeyedHash&&) noexcept;
    KeyedHash& operator=(KeyedHash&&) noexcept;
    KeyedHash(const KeyedHash&) = delete;
    KeyedHash& operator=(const KeyedHash&) = delete;
    ~KeyedHash();

    void update(std::span<const std::byte> bytes);

    /// The sum of what came in since construction or the last `finish`; starts anew.
    KeyedSum finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::crypto
