// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "net/client.hpp"
#include "package/package_manager.hpp"
#include "package/release_file.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace imgbuild::package {

/// The checked Release file of a source.
struct SourceRelease {
    /// Without alias; its digest is that of `text`.
    ResolvedIndex index;
    ReleaseFile release;
    /// Exactly what is signed. Empty if the source has no Release file (only possible where the
    /// description switched the check off).
    std::string text;
};

/// True for a repository without dists/: its indexes lie right at its URL.
bool is_flat(const PackageSource& source);

/// The URL of the directory that the Release file lies in, with a slash at its end.
std::string release_directory(const PackageSource& source);

/// Gets, or revalidates by a conditional request, the Release file of every source, side by side, and
/// checks signatures and times. What was fetched stays in the store.
/// @throws base::Error (exit code 3, at the source's position) if one can't be had, trusted, or is out
///         of date; net::TransferError.
std::vector<SourceRelease> fetch_releases(
    const PackageRequest& request,
    net::Client& client,
    const store::Store& store,
    const base::Context& context);

} // namespace imgbuild::package
