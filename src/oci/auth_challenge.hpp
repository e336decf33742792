// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::oci {

/// One way to log in that a server offers by WWW-Authenticate.
struct AuthChallenge {
    /// In lower case: "bearer", "basic".
    std::string scheme;
    /// Names in lower case.
    std::map<std::string, std::string> parameters;

    /// "" if there is none.
    std::string parameter(const std::string& name) const;
};

/// The challenges of a header's value, several ones separated by commas too. What can't be understood is
/// left out.
std::vector<AuthChallenge> parse_challenges(std::string_view value);

} // namespace imgbuild::oci
