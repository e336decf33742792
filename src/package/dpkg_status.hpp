// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/package_manager.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// The parts of a Debian version "epoch:upstream-revision"; missing ones are empty.
struct DebVersion {
    std::string_view epoch;
    std::string_view upstream;
    std::string_view revision;

    static DebVersion parse(std::string_view version);
};

/// The packages that dpkg's status file calls installed, sorted by name, then architecture.
std::vector<InstalledPackage> parse_dpkg_status(std::string_view status);

/// The version, as dpkg writes it, of an installed package; "" if it is not installed.
std::string installed_version(std::string_view status, std::string_view name);

/// The database without what is said of these packages.
std::string status_without(std::string_view status, const std::vector<ResolvedPackage>& packages);

} // namespace imgbuild::package
