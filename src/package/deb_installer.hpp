// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "package/configuring.hpp"
#include "package/package_manager.hpp"
#include "package/raw_deb.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace imgbuild::package {

/// Installs a resolution with the root's own dpkg: into an empty root, where the base system is
/// unpacked by us so that dpkg can run, or on top of `installed_before`. Then apt's plan is carried out
/// call by call.
/// @param raw_debs of the resolution: imgbuild unpacks, and the root's own dpkg only what is out of the
///        ordinary; nullptr: dpkg unpacks everything.
/// @param on_unpacked as PackageManager::install.
/// @throws as PackageManager::install.
void install_debs(
    root::WorkingRoot& root,
    const PackageRequest& request,
    const Resolution& resolution,
    RawDebs* raw_debs,
    Configuring configuring,
    const std::function<void(bool are_all)>& on_unpacked,
    const store::Store& store,
    const base::Context& context);

/// The directories of the root that are links into /usr, as this architecture's packages expect.
/// @param architecture kiwi's word.
std::vector<std::string> merged_directories(const std::string& architecture);

} // namespace imgbuild::package
