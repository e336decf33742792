// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/request.hpp"
#include "package/package_manager.hpp"

#include <vector>

namespace imgbuild::build {

/// Names of packages as the description has them, in the package manager's form.
std::vector<package::WantedPackage>
wanted_packages(const std::vector<description::NamedItem>& items);

} // namespace imgbuild::build
