// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace imgbuild::crypto {

/// Checks a signature (ECDSA or RSA over SHA-256, or Ed25519) by a public key.
/// @param pem the key. @param signature its bytes: of ECDSA in DER form.
/// @throws base::Error if `pem` holds no public key.
bool verify_signature(std::string_view pem, std::string_view message, std::string_view signature);

} // namespace imgbuild::crypto
