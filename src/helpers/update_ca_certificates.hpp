// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Does what ca-certificates' update-ca-certificates does where only its own certificates are there and
/// nobody has hooked himself in.
/// @param arguments without the program's name. @returns the exit status.
/// @throws LeaveToOriginal
int update_ca_certificates(const std::vector<std::string>& arguments);

} // namespace imgbuild::helpers
