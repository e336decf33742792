// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"

#include <functional>
#include <set>
#include <string>

namespace imgbuild::build {

/// Paths of an image whose extended attributes come back when a node boots, though the image format
/// can't hold them: file capabilities by our unit, access control lists where a line of tmpfiles.d sets
/// them (as systemd's own do for /var/log/journal).
std::set<std::string, std::less<>> restored_xattrs(const root::Root& root);

} // namespace imgbuild::build
