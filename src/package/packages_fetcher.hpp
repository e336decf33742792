// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "net/client.hpp"
#include "package/package_manager.hpp"
#include "package/release_fetcher.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace imgbuild::package {

/// A Packages file, decompressed, in the store.
struct IndexFile {
    /// Number of its source in the request.
    std::size_t source = 0;
    std::string component;
    /// Debian's word: the request's architecture or "all".
    std::string architecture;
    crypto::Digest digest;
};

/// Gets the Packages files of every source that the store does not have yet, side by side, each
/// verified against its Release file.
/// @param architecture Debian's word.
/// @throws base::Error (exit code 3, at the source's position) if a component or the architecture is
///         not there, or the bytes are not the ones that were signed; net::TransferError.
std::vector<IndexFile> fetch_packages_files(
    const PackageRequest& request,
    const std::vector<SourceRelease>& releases,
    const std::string& architecture,
    net::Client& client,
    const store::Store& store,
    const base::Context& context);

} // namespace imgbuild::package
