// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Knows the calls of dpkg-maintscript-helper that have nothing to do, since there was no earlier version
/// of the package.
/// @param arguments without the program's name. @returns the exit status.
/// @throws LeaveToOriginal for all others, wrong ones among them.
int dpkg_maintscript_helper(const std::vector<std::string>& arguments);

} // namespace imgbuild::helpers
