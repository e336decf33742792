// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack/layout.hpp"
#include "pack/package_lists.hpp"

#include <vector>

namespace imgbuild::pack {

/// Decides in which order entries stand in the archive and where chunks end. A pure function of a root:
/// its inventory and what its package database says.
///
/// First all directories; then the files of packages, each package's together and in chunks that depend on
/// nothing but the package, or, of small ones, on it and its neighbours; then what no package brought, or
/// what was changed since. So a package's compressed chunks serve every image that has it. The names of a
/// file stand together, the last one with the content.
///
/// @param inventory outlives the layout.
/// @param lists none: everything counts as brought by no package.
Layout plan_layout(const tree::Inventory& inventory, const std::vector<PackageList>& lists = {});

/// Only the packages' part of `plan_layout`, in the same chunks.
Layout plan_packages(const tree::Inventory& inventory, const std::vector<PackageList>& lists);

/// The same without packages that share chunks with others: what it gives for a package does not depend on
/// which others there are.
Layout plan_large_packages(const tree::Inventory& inventory, const std::vector<PackageList>& lists);

} // namespace imgbuild::pack
