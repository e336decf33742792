// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyed_hash.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <new>

namespace imgbuild::crypto {

namespace {

void check(int result) {
    if (result != 1) {
        throw base::Error("computing a Poly1305 sum: OpenSSL refused");
    }
}

} // namespace

HashKey::HashKey() {
    if (::RAND_priv_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1) {
        throw base::Error("drawing a random key: OpenSSL refused");
    }
}

struct KeyedHash::State {
    explicit State(const HashKey& secret)
        : key(secret)
        , algorithm(EVP_MAC_fetch(nullptr, "POLY1305", nullptr))
        , context(algorithm ? EVP_MAC_CTX_new(algorithm.get()) : nullptr) {
        if (!context) {
            throw base::Error("computing a Poly1305 sum: OpenSSL does not have it");
        }
        start();
    }

    void start() const {
        check(EVP_MAC_init(context.get(), key.bytes().data(), key.bytes().size(), nullptr));
    }

    const HashKey key;
    std::unique_ptr<EVP_MAC, base::Deleter<EVP_MAC_free>> algorithm;
    std::unique_ptr<EVP_MAC_CTX, base::Deleter<EVP_MAC_CTX_free>> context;
};

KeyedHash::KeyedHash(const HashKey& key)
    : state_(std::make_unique<State>(key)) {}

KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash& KeyedHash::operator=(KeyedHash&&) noexcept = default;
KeyedHash::~KeyedHash() = default;

void KeyedHash::update(std::span<const std::byte> bytes) {
    check(EVP_MAC_update(
        state_->context.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

KeyedSum KeyedHash::finish() {
    KeyedSum sum;
    std::size_t length = 0;
    check(EVP_MAC_final(state_->context.get(), sum.bytes.data(), &length, sum.bytes.size()));
    state_->start();
    return sum;
}

} // namespace imgbuild::crypto
