// SPDX-License-Identifier: Apache-2.0
#include "support/certificates.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <random>
#include <string_view>

namespace imgbuild::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, base::Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, base::Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, base::Deleter<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, base::Deleter<BIO_free_all>>;

constexpr long day = 86'400;

void check(bool good) {
    if (!good) {
        throw base::Error("making a test certificate failed");
    }
}

std::string content(BIO* memory) {
    char* data = nullptr;
    const long size = ::BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    const Extension extension(::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    check(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// Without extensions and signature.
Certificate blank_certificate(EVP_PKEY* key, const std::string& name, int days) {
    Certificate certificate(::X509_new());
    check(certificate != nullptr);
    X509* const raw = certificate.get();
    const long start = days < 0 ? (days - 1L) * day : -day;
    check(::X509_set_version(raw, X509_VERSION_3) == 1);
    check(
        ::ASN1_INTEGER_set(
            ::X509_get_serialNumber(raw), static_cast<long>(std::random_device{}() / 2)) == 1);
    check(::X509_gmtime_adj(::X509_getm_notBefore(raw), start) != nullptr);
    check(::X509_gmtime_adj(::X509_getm_notAfter(raw), days * day) != nullptr);
    check(::X509_set_pubkey(raw, key) == 1);
    X509_NAME* const subject = ::X509_get_subject_name(raw);
    check(
        ::X509_NAME_add_entry_by_txt(
            subject,
            "CN",
            MBSTRING_ASC,
            reinterpret_cast<const unsigned char*>(name.c_str()),
            -1,
            -1,
            0) == 1);
    return certificate;
}

void write_certificate_file(X509* certificate, const std::string& path) {
    const Memory memory(::BIO_new(::BIO_s_mem()));
    check(memory && ::PEM_write_bio_X509(memory.get(), certificate) == 1);
    base::replace_file(path, content(memory.get()));
}

} // namespace

struct TestAuthority::State {
    Key key{::EVP_EC_gen("P-256")};
    Certificate certificate;
};

TestAuthority::TestAuthority()
    : state_(std::make_unique<State>()) {
    check(state_->key != nullptr);
    state_->certificate = blank_certificate(state_->key.get(), "Test Authority", 2);
    X509* const own = state_->certificate.get();
    check(::X509_set_issuer_name(own, ::X509_get_subject_name(own)) == 1);
    add_extension(own, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, NID_key_usage, "critical,keyCertSign");
    check(::X509_sign(own, state_->key.get(), ::EVP_sha256()) > 0);
}

TestAuthority::~TestAuthority() = default;

void TestAuthority::write_certificate(const std::string& path) const {
    write_certificate_file(state_->certificate.get(), path);
}

void TestAuthority::issue(
    const std::string& subject,
    const std::string& certificate_path,
    const std::string& key_path,
    int days) const {
    const Key key(::EVP_EC_gen("P-256"));
    check(key != nullptr);
    const Certificate certificate = blank_certificate(key.get(), "Test Server", days);
    X509* const raw = certificate.get();
    check(::X509_set_issuer_name(raw, ::X509_get_subject_name(state_->certificate.get())) == 1);
    add_extension(raw, NID_subject_alt_name, subject);
    check(::X509_sign(raw, state_->key.get(), ::EVP_sha256()) > 0);
    write_certificate_file(raw, certificate_path);

    const Memory memory(::BIO_new(::BIO_s_mem()));
    check(
        memory && ::PEM_write_bio_PrivateKey(
                      memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    base::replace_file(key_path, content(memory.get()), 0600);
}

} // namespace imgbuild::test
