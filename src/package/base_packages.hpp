// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/packages_index.hpp"

#include <cstddef>
#include <vector>

namespace imgbuild::package {

/// Of the chosen packages, those that are essential and what these need (Pre-Depends and Depends, of
/// alternatives the first that was chosen): a root that dpkg can run in.
/// @returns numbers into `chosen`, ascending.
std::vector<std::size_t> base_packages(const std::vector<const PackageRecord*>& chosen);

} // namespace imgbuild::package
