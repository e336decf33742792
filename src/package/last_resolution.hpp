// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/package_manager.hpp"
#include "store/store.hpp"

#include <optional>
#include <string_view>

namespace imgbuild::package {

/// Remembers which resolution a request led to, and when the mirrors were asked (`resolution.asked`).
/// @param key of the resolution's record (resolution_key).
void remember_last_resolution(
    const PackageRequest& request,
    const crypto::Digest& key,
    const Resolution& resolution,
    const store::Store& store);

/// What the request led to the last time, without asking anybody; nothing if that is not in the store.
/// @param record_kind of resolutions in the store.
std::optional<Resolution> find_last_resolution(
    const PackageRequest& request, std::string_view record_kind, const store::Store& store);

} // namespace imgbuild::package
