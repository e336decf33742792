// SPDX-License-Identifier: Apache-2.0
#include "store/seal.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace imgbuild::store {

class Seal::State {
public:
    // The library's own allocation: the state must be aligned to 64 bytes.
    std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> hash = {
        XXH3_createState(), &XXH3_freeState};
};

Seal::Seal()
    : state_(std::make_unique<State>()) {
    if (!state_->hash) {
        throw std::bad_alloc();
    }
    XXH3_128bits_reset(state_->hash.get());
}

Seal::Seal(Seal&&) noexcept = default;
Seal& Seal::operator=(Seal&&) noexcept = default;
Seal::~Seal() = default;

void Seal::update(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_->hash.get(), bytes.data(), bytes.size());
}

std::string Seal::text() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_->hash.get());
    return fmt::format("{:016x}{:016x}\n", hash.high64, hash.low64);
}

} // namespace imgbuild::store
