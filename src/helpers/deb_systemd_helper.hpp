// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Does what init-system-helpers' deb-systemd-helper does when packages are configured: unmask, enable,
/// update-state, was-enabled, is-enabled and debian-installed, for units of the system and of users.
/// @param arguments without the program's name. @returns the exit status.
/// @throws LeaveToOriginal
int deb_systemd_helper(const std::vector<std::string>& arguments);

} // namespace imgbuild::helpers
