// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "net/client.hpp"
#include "package/package_manager.hpp"
#include "package/raw_deb.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>

namespace imgbuild::package {

/// Fetches the packages that the store does not have yet, side by side, each checked for the size and
/// SHA-256 of the signed index. Before that it makes sure that they, and what is in them, find room.
/// @param raw_debs if not nullptr, packages are decompressed as they arrive.
/// @throws base::Error (exit code 74) if there is not enough space; base::IntegrityError (exit code 3)
///         for wrong bytes; net::TransferError.
void fetch_debs(
    const PackageRequest& request,
    const Resolution& resolution,
    RawDebs* raw_debs,
    net::Client& client,
    const store::Store& store,
    const base::Context& context);

/// The URL of a file of a source: characters of `path` that a URL can't have are escaped.
std::string file_url(const PackageSource& source, std::string_view path);

} // namespace imgbuild::package
