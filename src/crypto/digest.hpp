// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgbuild::crypto {

/// A SHA-256 digest.
struct Digest {
    std::array<std::uint8_t, 32> bytes = {};

    auto operator<=>(const Digest&) const = default;

    /// 64 lower-case hexadecimal digits.
    std::string hex() const;

    /// Nothing unless `text` is exactly 64 hexadecimal digits.
    static std::optional<Digest> from_hex(std::string_view text);
};

/// SHA-256 of bytes that arrive in pieces. Not thread-safe.
class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256();

    void update(std::span<const std::byte> bytes);
    void update(std::string_view text);

    /// The digest of what came in since construction or the last `finish`; starts anew.
    Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

Digest sha256(std::string_view text);

/// Of everything from the descriptor's offset to its end. @param name for messages.
Digest sha256_of_file(int fd, const std::string& name);

} // namespace imgbuild::crypto
