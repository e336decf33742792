// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// True for documentation, which an image may do without: manuals, info, /usr/share/doc besides the
/// copyright files, which a distribution has to hand on.
/// @param path in the root, without leading slash.
bool is_documentation(std::string_view path);

/// The same for dpkg: options for `dpkg --unpack`.
std::vector<std::string> documentation_options();

} // namespace imgbuild::package
