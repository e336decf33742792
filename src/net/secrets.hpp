// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::net {

/// A header line that proves who asks; it is meant for the first server alone.
bool is_credential_header(const std::string& line);

/// `text`, which a server wrote, with "***" for every secret that was sent to it: the password (or the
/// user name, if there is no password: then it is a token) and the last word of credential headers.
std::string hide_secrets(
    std::string text,
    const std::optional<Credentials>& credentials,
    const std::vector<std::string>& headers);

} // namespace imgbuild::net
