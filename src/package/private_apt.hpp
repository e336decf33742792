// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "package/deb_plan.hpp"
#include "package/package_manager.hpp"
#include "package/packages_fetcher.hpp"
#include "package/release_fetcher.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// An apt of its own inside a private directory: configuration, lists, state and cache are ours, and
/// nothing of the host's /etc/apt is read. It never has a network: the lists come from the verified files
/// of the store, under the names that apt expects.
class PrivateApt {
public:
    /// @param architecture Debian's word.
    /// @throws base::Error if the host has no apt-get.
    PrivateApt(const store::Store& store, const std::string& architecture);

    /// Writes sources, lists and preferences.
    /// @param texts what apt is to see of each of the files.
    void set_sources(
        const PackageRequest& request,
        const std::vector<SourceRelease>& releases,
        const std::vector<IndexFile>& files,
        const std::vector<std::string>& texts);

    /// What apt takes for dpkg's database and its own memory of automatic packages.
    void set_status(std::string_view status, std::string_view extended_states = {});

    /// Makes apt believe that it has downloaded this package: a file of the right name and size, and
    /// without content.
    void pretend_downloaded(const PlannedPackage& package, std::uint64_t size);

    struct Answer {
        int status = 0;
        std::string output;
        /// Warnings, errors and what Debug options print.
        std::string messages;
    };

    /// Runs apt-get with the private configuration. A failing one is an answer.
    /// @throws base::SystemError if it had no space left.
    Answer run(const std::vector<std::string>& arguments, const base::Context& context) const;

private:
    std::string place(std::string_view name) const;

    store::WorkDirectory directory_;
    const store::Store& store_;
};

/// apt's preferences for a request: those beside the description, the repositories' priorities, and
/// the ignored packages, which nothing may bring in.
/// @param hosts of the sources, as apt sees them.
std::string make_preferences(const PackageRequest& request, const std::vector<std::string>& hosts);

/// The host that apt sees for each source: that of its public URL, so that a pin by "origin" means
/// what it says; but a host of its own for a source whose priority must not touch another's.
std::vector<std::string> source_hosts(const std::vector<PackageSource>& sources);

} // namespace imgbuild::package
