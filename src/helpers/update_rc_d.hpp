// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Does what init-system-helpers' update-rc.d does for "NAME defaults" and "NAME defaults-disabled" where
/// links are all there is to make: neither insserv nor OpenRC is installed.
/// @param arguments without the program's name. @returns the exit status.
/// @throws LeaveToOriginal
int update_rc_d(const std::vector<std::string>& arguments);

} // namespace imgbuild::helpers
