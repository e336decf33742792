// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>

namespace imgbuild::oci {

/// A manifest, index or config that an earlier run put into the store; nothing if it isn't there, or is
/// damaged (then it is set aside).
std::optional<std::string>
read_stored_document(const store::Store& store, const crypto::Digest& digest);

} // namespace imgbuild::oci
