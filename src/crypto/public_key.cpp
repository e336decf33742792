// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_key.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <new>

namespace imgbuild::crypto {

namespace {

using Bio = std::unique_ptr<BIO, base::Deleter<BIO_free_all>>;
using PublicKey = std::unique_ptr<EVP_PKEY, base::Deleter<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, base::Deleter<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

PublicKey read_key(std::string_view pem) {
    const Bio bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio) {
        throw std::bad_alloc();
    }
    PublicKey key(::PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
    ::ERR_clear_error();
    if (!key) {
        throw base::Error("this is no public key in PEM form", base::ExitCode::usage);
    }
    return key;
}

} // namespace

bool verify_signature(std::string_view pem, std::string_view message, std::string_view signature) {
    const PublicKey key = read_key(pem);
    const DigestContext context(::EVP_MD_CTX_new());
    if (!context) {
        throw std::bad_alloc();
    }
    const bool has_own_digest = ::EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519;
    const EVP_MD* const digest = has_own_digest ? nullptr : ::EVP_sha256();
    const bool is_good =
        ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
        ::EVP_DigestVerify(
            context.get(),
            bytes_of(signature),
            signature.size(),
            bytes_of(message),
            message.size()) == 1;
    ::ERR_clear_error();
    return is_good;
}

} // namespace imgbuild::crypto
