// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/package_manager.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// apt's record (/var/lib/apt/extended_states) of what came in by a dependency only, sorted by name.
/// @param native_architecture of the root, in Debian's word: apt's for packages that fit any.
std::string extended_states(
    const std::vector<ResolvedPackage>& packages, const std::string& native_architecture);

/// The record of a root on top of which `packages` were installed. What is `wanted` by name is automatic
/// no longer, even if it was there already.
std::string add_states(
    std::string_view states,
    const std::vector<ResolvedPackage>& packages,
    const std::vector<WantedPackage>& wanted,
    const std::string& native_architecture);

/// Whether the record says of a package that it came in by a dependency only.
bool is_automatic(std::string_view states, std::string_view name);

/// The record without the packages that are no longer installed.
std::string keep_states(std::string_view states, const std::vector<InstalledPackage>& installed);

} // namespace imgbuild::package
