// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace imgbuild::pack {

/// Spreads paths over numbers; the same on every machine, for ever. FNV-1a, with a finish that lets
/// the last bytes reach all bits.
constexpr std::uint64_t path_hash(std::string_view path, std::uint64_t seed = 0) {
    std::uint64_t hash = 0xCBF29CE484222325U ^ seed;
    for (const char c : path) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
    hash ^= hash >> 32U;
    hash *= 0xD6E8FEB86659FD93U;
    return hash ^ hash >> 32U;
}

} // namespace imgbuild::pack
