// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::test {

/// Numbers that look random and are the same everywhere.
class Noise {
public:
    explicit Noise(std::uint64_t seed)
        : state_(seed) {}

    std::uint32_t next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>(state_ >> 33U);
    }

private:
    std::uint64_t state_;
};

/// Bytes that no encoder can make smaller.
std::string noise(std::size_t size, std::uint64_t seed = 1);

/// Words in an order without sense: what text looks like to an encoder.
std::string words(std::size_t size, std::uint64_t seed = 1);

/// What encoders tend to treat differently, each with a name.
std::vector<std::pair<std::string, std::string>> samples();

} // namespace imgbuild::test
