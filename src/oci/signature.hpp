// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "config/policy.hpp"
#include "crypto/digest.hpp"
#include "naming/image_name.hpp"
#include "oci/descriptor.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// What a signature says about an image. Only as good as the check that came before it.
struct SignedClaim {
    std::string type;
    crypto::Digest digest;
    /// "registry.example/group/name:tag"
    std::string reference;
};

inline constexpr const char* simple_claim_type = "atomic container signature";
inline constexpr const char* sigstore_claim_type = "cosign container image signature";

/// The JSON that is signed. @throws base::Error (exit code 3) if it is no claim.
SignedClaim parse_claim(const std::string& payload, const std::string& name);

/// A payload in a registry, and its signature.
struct SignatureLayer {
    Descriptor payload;
    std::string signature;
};

/// The layers of the manifest that cosign makes for its signatures; others are passed over.
/// @throws base::Error (exit code 3) if it is no such manifest.
std::vector<SignatureLayer>
parse_signature_manifest(const std::string& text, const std::string& name);

/// Whether a claim is about the image that was asked for.
/// @param image nothing for images that have no name in a registry.
bool identity_matches(
    const config::SignedIdentity& wanted,
    const std::string& claimed_reference,
    const std::optional<naming::ImageName>& image);

/// Keys as gpgv takes them: what stands between the lines of their armour, or the bytes as they are.
/// @throws base::Error (exit code 2) if armour is damaged.
std::string gpg_keyring(const std::vector<std::string>& keys);

struct GpgVerdict {
    /// What was signed.
    std::string payload;
    /// The fingerprint of the key.
    std::string key;
};

/// Checks a signed message by gpgv and a keyring of its own.
/// @param directory a private, empty one. @returns nothing if it isn't signed by exactly one of the keys.
/// @throws base::Error if gpgv can't be run.
std::optional<GpgVerdict> check_gpg(
    const std::string& signed_message,
    const std::string& keyring,
    const std::string& directory,
    const base::Context& context);

} // namespace imgbuild::oci
