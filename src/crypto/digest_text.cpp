// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest_text.hpp"

#include <algorithm>

namespace imgbuild::crypto {

namespace {

constexpr std::string_view algorithm = "sha256:";

} // namespace

std::string to_string(const Digest& digest) {
    return std::string(algorithm) + digest.hex();
}

std::optional<Digest> parse_digest(std::string_view text) {
    if (!text.starts_with(algorithm)) {
        return std::nullopt;
    }
    text.remove_prefix(algorithm.size());
    const bool has_capitals =
        std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
    return has_capitals ? std::nullopt : Digest::from_hex(text);
}

} // namespace imgbuild::crypto
