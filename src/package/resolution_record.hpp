// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/package_manager.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// What a resolution depends on: the digests of the signed indexes and the request without mirrors,
/// credentials and positions.
crypto::Digest
resolution_key(const PackageRequest& request, const std::vector<ResolvedIndex>& indexes);

/// Packages and steps as the text of a record of the store. Indexes are not part of it: they are as
/// of today whenever the resolution is used again.
std::string write_resolution(const Resolution& resolution);

/// @param sources how many sources the request has.
/// @returns nothing if the text is not what `write_resolution` writes.
std::optional<Resolution> read_resolution(std::string_view text, std::size_t sources);

} // namespace imgbuild::package
