// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "config/policy.hpp"
#include "naming/image_name.hpp"
#include "oci/pinned_image.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// The most signatures of one image that are looked at, and the most bytes of one.
inline constexpr unsigned signature_limit = 64;
inline constexpr std::size_t signature_size_limit = std::size_t{1} << 20U;

/// A payload and its signature, as cosign keeps them beside an image.
struct SigstoreSignature {
    std::string payload;
    std::string signature;
};

/// Fetches what is signed about a digest; an empty list if nothing is. Called only if the policy wants it.
struct SignatureReader {
    std::function<std::vector<std::string>(const crypto::Digest&)> simple;
    std::function<std::vector<SigstoreSignature>(const crypto::Digest&)> sigstore;
};

/// What is to be let in.
struct TrustSubject {
    std::string transport;
    /// Most specific first.
    std::vector<std::string> scopes;
    /// Nothing for images that have no name in a registry.
    std::optional<naming::ImageName> name;
};

/// Checks an image against all requirements that hold for it. A signature of the index covers the images in
/// it, since it names them by digest.
/// @returns why it is let in, for the build's result.
/// @throws base::Error (exit code 3) naming the policy's file and scope.
std::string check_trust(
    const config::Policy& policy,
    const TrustSubject& subject,
    const PinnedImage& image,
    const SignatureReader& signatures,
    const store::Store& store,
    const base::Context& context);

/// "r/a/b:tag", "r/a/b", "r/a", "r", "*.of.r": what policy.json may file an image of a registry under.
std::vector<std::string> registry_scopes(const naming::ImageName& name);

/// "/a/b:wanted", "/a/b", "/a": the same for files.
std::vector<std::string> path_scopes(const std::string& path, const std::string& wanted);

} // namespace imgbuild::oci
