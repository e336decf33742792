// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What apt says it would do: the "Inst" lines of a simulation, and the calls of dpkg that
 * `-o Debug::pkgDPkgPM=1` prints instead of making them.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A package of one version that apt wants.
struct PlannedPackage {
    std::string name;
    std::string version;
    std::string architecture;

    auto operator<=>(const PlannedPackage&) const = default;
};

/// One call of dpkg.
struct PlannedCall {
    enum class Action { unpack, configure };
    Action action = Action::unpack;
    /// In apt's order; without a version if the action is `configure`. Empty with `configure`:
    /// everything that is pending.
    std::vector<PlannedPackage> packages;
};

/// The packages that `apt-get -s install` would install, in the order it would unpack them.
/// @throws base::Error (exit code 3) if a line can't be understood.
std::vector<PlannedPackage> parse_simulation(std::string_view output);

/// The packages that `apt-get -s remove` would remove, in its order.
std::vector<std::string> parse_removals(std::string_view output);

/// The calls of dpkg in the output of `apt-get -o Debug::pkgDPkgPM=1`.
/// @throws base::Error (exit code 3) if apt would do anything but unpack and configure.
std::vector<PlannedCall> parse_dpkg_calls(std::string_view output);

/// The name under which apt keeps a package in its cache of archives.
std::string archive_file_name(const PlannedPackage& package);

} // namespace imgbuild::package
