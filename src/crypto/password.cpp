// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.hpp"

#include "base/error.hpp"
#include "crypto/digest.hpp"

#include <crypt.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace imgbuild::crypto {

namespace {

constexpr const char* prefix = "$y$";
/// yescrypt's cost parameter that Debian's passwd uses too.
constexpr unsigned long cost = 5;
constexpr std::size_t salt_bytes = 16;

/// libcrypt keeps the password in this; it is wiped before its memory goes back.
struct WipedCryptData {
    crypt_data data = {};
    WipedCryptData() = default;
    WipedCryptData(const WipedCryptData&) = delete;
    WipedCryptData& operator=(const WipedCryptData&) = delete;

    ~WipedCryptData() { ::explicit_bzero(&data, sizeof data); }
};

} // namespace

std::string hash_password(std::string_view plain, std::string_view salt_seed) {
    if (plain.find('\0') != std::string_view::npos) {
        throw base::Error("hashing a password: it has a NUL byte", base::ExitCode::usage);
    }
    const Digest seed = sha256(salt_seed);
    std::array<char, salt_bytes> random = {};
    std::memcpy(random.data(), seed.bytes.data(), random.size());

    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting = {};
    if (::crypt_gensalt_rn(
            prefix,
            cost,
            random.data(),
            static_cast<int>(random.size()),
            setting.data(),
            static_cast<int>(setting.size())) == nullptr) {
        base::throw_errno("making the salt of a password");
    }

    const auto state = std::make_unique<WipedCryptData>();
    const std::string phrase(plain);
    errno = 0;
    const char* const hash = ::crypt_r(phrase.c_str(), setting.data(), &state->data);
    // Failure is told by a "hash" that no password matches and that starts with '*'.
    if (hash == nullptr || hash[0] == '*') {
        if (errno == ERANGE) {
            throw base::Error(
                fmt::format(
                    "hashing a password: it is longer than {} bytes", CRYPT_MAX_PASSPHRASE_SIZE),
                base::ExitCode::usage);
        }
        base::throw_errno("hashing a password");
    }
    return hash;
}

} // namespace imgbuild::crypto
