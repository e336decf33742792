// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace imgbuild::package {

/// @param name "apt-get" or "gpgv".
/// @throws base::Error (exit code 2) if this machine does not have the program.
void require_host_tool(std::string_view name);

} // namespace imgbuild::package
