// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/client.hpp"
#include "package/configuring.hpp"
#include "package/package_manager.hpp"
#include "package/raw_deb.hpp"
#include "package/unpacking.hpp"
#include "store/store.hpp"

#include <memory>
#include <vector>

namespace imgbuild::package {

/// Debian's packages: apt of the host decides, dpkg of the image installs.
class AptPackageManager final : public PackageManager {
public:
    /// @param client, store outlive the package manager.
    AptPackageManager(
        net::Client& client,
        const store::Store& store,
        Unpacking unpacking = Unpacking::dpkg,
        Configuring configuring = Configuring::plain)
        : client_(client)
        , store_(store)
        , unpacking_(unpacking)
        , configuring_(configuring) {}

    std::string name() const override { return "apt"; }

    std::vector<std::string> tool_versions(const base::Context& context) const override;

    Resolution resolve(const PackageRequest& request, const base::Context& context) override;

    std::optional<Resolution> last_resolution(const PackageRequest& request) const override;

    void fetch(
        const PackageRequest& request,
        const Resolution& resolution,
        const base::Context& context) override;

    void install(
        root::WorkingRoot& root,
        const PackageRequest& request,
        const Resolution& resolution,
        const std::function<void(bool are_all)>& on_unpacked,
        const base::Context& context) override;

    std::vector<std::string> remove(
        root::WorkingRoot& root,
        const std::vector<WantedPackage>& packages,
        bool forced,
        std::int64_t epoch,
        const base::Context& context) override;

    std::vector<InstalledPackage> installed(const root::Root& root) const override;

private:
    /// Those that `fetch` began with for the same resolution, or new ones; nullptr if dpkg unpacks.
    std::unique_ptr<RawDebs> take_raw_debs(
        const PackageRequest& request, const Resolution& resolution, const base::Context& context);

    net::Client& client_;
    const store::Store& store_;
    Unpacking unpacking_;
    Configuring configuring_;
    std::vector<std::unique_ptr<RawDebs>> raw_debs_;
};

} // namespace imgbuild::package
