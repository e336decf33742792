// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace imgbuild::crypto {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

void check(int result) {
    if (result != 1) {
        throw base::Error("computing a SHA-256 digest: OpenSSL refused");
    }
}

} // namespace

std::string Digest::hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::optional<Digest> Digest::from_hex(std::string_view text) {
    Digest digest;
    if (text.size() != 2 * digest.bytes.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        digest.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, base::Deleter<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};

    void start() const { check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr)); }
};

Sha256::Sha256()
    : state_(std::make_unique<State>()) {
    if (!state_->context) {
        throw std::bad_alloc();
    }
    state_->start();
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
    check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

void Sha256::update(std::string_view text) {
    update(std::as_bytes(std::span(text.data(), text.size())));
}

Digest Sha256::finish() {
    Digest digest;
    unsigned length = 0;
    check(EVP_DigestFinal_ex(state_->context.get(), digest.bytes.data(), &length));
    state_->start();
    return digest;
}

Digest sha256(std::string_view text) {
    Sha256 hash;
    hash.update(text);
    return hash.finish();
}

Digest sha256_of_file(int fd, const std::string& name) {
    constexpr std::size_t buffer_size = std::size_t{1} << 18U;
    std::vector<std::byte> buffer(buffer_size);
    Sha256 hash;
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            base::throw_errno(fmt::format("reading {}", name));
        }
        if (got == 0) {
            return hash.finish();
        }
        hash.update(std::span(buffer.data(), static_cast<std::size_t>(got)));
    }
}

} // namespace imgbuild::crypto
