// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "net/client.hpp"
#include "package/package_manager.hpp"
#include "store/store.hpp"

#include <optional>

namespace imgbuild::package {

/// Decides what a request installs, by apt's own resolver: which packages in which versions, in which
/// order they are unpacked and configured. An answer is kept in the store and used again as long as
/// the indexes and the request are the same.
/// @throws as PackageManager::resolve.
Resolution resolve_with_apt(
    const PackageRequest& request,
    net::Client& client,
    const store::Store& store,
    const base::Context& context);

/// As PackageManager::last_resolution.
std::optional<Resolution>
last_apt_resolution(const PackageRequest& request, const store::Store& store);

} // namespace imgbuild::package
