// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::helpers {

/// A link that enabling a unit makes.
struct UnitLink {
    /// In /etc/systemd.
    std::string path;
    /// The unit's file.
    std::string target;
};

/// Whether this can be a unit and nothing else: no path, no option, no pattern.
bool is_unit_name(std::string_view text);

/// Where a unit's file is; empty if there is none.
/// @param instance "system" or "user".
std::string find_unit(const std::string& instance, const std::string& unit);

/// The links of a unit and of those that it names in Also=, in deb-systemd-helper's order and as often
/// as it finds them.
/// @throws LeaveToOriginal for unit files that are missing or have unusual lines.
std::vector<UnitLink> unit_links(const std::string& instance, const std::string& unit);

} // namespace imgbuild::helpers
