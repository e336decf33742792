// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "config/registry_credentials.hpp"
#include "net/client.hpp"
#include "oci/image_source.hpp"
#include "oci/pinned_image.hpp"
#include "oci/registry_auth.hpp"
#include "oci/trust.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::oci {

/// How one registry is reached.
struct RegistryAccess {
    /// "docker.io", "registry.example:5000".
    std::string registry;
    /// https is tried first, then http; certificates don't matter.
    bool is_insecure = false;
    /// http at once.
    bool without_https = false;
    std::optional<config::RegistryLogin> login;
    net::ClientOptions transfers;
};

/// How long one try of a blob may take: a server that sends a little now and then must not keep a build
/// for ever.
std::chrono::milliseconds blob_time_limit(std::uint64_t size);

/// Talks to one registry by the OCI distribution protocol. Remembers in the store how the registry wants
/// to be asked, and for as long as it lives that the registry failed: who asks then gets the same
/// error at once. Thread-safe: one asks after the other. Faults are net::TransferError: see
/// `explain_fault`.
class RegistryClient {
public:
    /// @param store outlives this.
    RegistryClient(RegistryAccess access, const store::Store& store);

    struct ManifestHead {
        crypto::Digest digest;
        std::string media_type;
    };

    /// What a tag stands for now; nothing if the registry doesn't tell without sending it all.
    std::optional<ManifestHead>
    manifest_head(const std::string& path, const std::string& tag, const base::Context& context);

    /// @param reference a tag or a digest. @throws base::IntegrityError if the bytes are not those of the
    ///        digest that was asked for, or that the registry states.
    Document
    manifest(const std::string& path, const std::string& reference, const base::Context& context);

    /// A small blob. Its bytes are not checked.
    std::string blob(const std::string& path, const Descriptor& blob, const base::Context& context);

    /// What cosign has put beside an image: none if there is nothing.
    std::vector<SigstoreSignature> sigstore_signatures(
        const std::string& path, const crypto::Digest& image, const base::Context& context);

    /// Blobs side by side; see ImageSource::bring. May be called again for what is not complete.
    void bring(
        const std::string& path,
        const std::vector<BlobOrder>& orders,
        const std::string& title,
        const base::Context& context);

    const std::string& registry() const noexcept { return access_.registry; }

    std::string login_origin() const { return access_.login ? access_.login->origin : ""; }

private:
    RegistryAuth& auth(const base::Context& context);
    /// Nothing if an insecure registry answers neither by https nor by http.
    std::optional<std::string> find_base_url(const base::Context& context) const;
    /// An insecure registry may have got TLS, or lost it, since it was remembered.
    bool finds_other_protocol(const base::Context& context);
    bool answers(const std::string& base_url, const base::Context& context) const;
    store::Key record_key() const;
    void remember();

    /// Sends a request with the login, again if the registry asks for another one.
    template <typename Send>
    auto send(
        net::Request request,
        const std::string& path,
        const base::Context& context,
        const Send& send_one);

    /// For a small document.
    std::pair<net::Response, std::string>
    ask(const net::Request& request, const std::string& path, const base::Context& context);
    void note_silence(const net::TransferError& fault);
    [[noreturn]] void throw_silence() const;

    net::Request manifest_request(const std::string& path, const std::string& reference) const;
    net::Request blob_request(const std::string& path, const Descriptor& blob) const;

    const RegistryAccess access_;
    const store::Store& store_;
    net::Client client_;
    // Guards all below.
    std::mutex mutex_;
    std::string base_url_;
    std::optional<RegistryAuth> auth_;
    std::string remembered_;
    bool has_answered_ = false;
    std::optional<net::TransferError> silence_;
};

/// The registries that a program talks to: all images of one share its connections and its login.
/// Thread-safe.
class RegistryPool {
public:
    /// @param store outlives the pool.
    RegistryClient& client(const RegistryAccess& access, const store::Store& store);

private:
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<RegistryClient>> clients_;
};

} // namespace imgbuild::oci
