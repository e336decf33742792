// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace imgbuild::crypto {

/// The yescrypt hash ("$y$…") of a password, as it stands in /etc/shadow.
/// The salt comes from `salt_seed` alone, so the same arguments give the same hash on every machine;
/// callers put user and description into the seed, so equal passwords of two users look different.
/// @throws base::Error if the password is too long or has a NUL byte. It is never in the message.
std::string hash_password(std::string_view plain, std::string_view salt_seed);

} // namespace imgbuild::crypto
