// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Digests with the name of their algorithm, as container images have them.
 */
#pragma once

#include "crypto/digest.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::crypto {

/// "sha256:" and 64 hexadecimal digits.
std::string to_string(const Digest& digest);

/// Nothing unless `text` is "sha256:" and 64 lower-case hexadecimal digits; so the result can never be a path.
std::optional<Digest> parse_digest(std::string_view text);

} // namespace imgbuild::crypto
