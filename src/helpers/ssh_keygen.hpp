// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Answers for OpenSSH's ssh-keygen where it is to draw an RSA host key, which takes up to seconds, and then to
/// show it: empty files stand in its place until they are removed, as all host keys that packages made are.
/// They would be the same on all nodes; each makes its own when it boots.
/// @param arguments without the program's name. @returns the exit status.
/// @throws LeaveToOriginal
int ssh_keygen(const std::vector<std::string>& arguments);

} // namespace imgbuild::helpers
