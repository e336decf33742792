// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::helpers {

/// Does what debianutils' ischroot does in a root that is not the running system's: says yes. The original
/// can't tell, since the sandbox has processes of its own; libc6, told no, has an init read itself again that
/// is not there, and waits a second for it.
/// @param arguments without the program's name. @returns the exit status.
/// @throws LeaveToOriginal
int ischroot(const std::vector<std::string>& arguments);

} // namespace imgbuild::helpers
