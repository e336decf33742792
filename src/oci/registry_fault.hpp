// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/client.hpp"

#include <string>

namespace imgbuild::oci {

/// What a registry's error body says: "manifest unknown (MANIFEST_UNKNOWN)"; "" if it is of no form that
/// registries use.
std::string registry_words(const std::string& body);

/// A failed transfer in a registry's terms: its own words, and what the user can do about it.
/// @param registry whose login may be missing; @param login_origin where the login that was sent stands,
///        "" if none was.
base::Error explain_fault(
    const net::TransferError& fault, const std::string& registry, const std::string& login_origin);

} // namespace imgbuild::oci
