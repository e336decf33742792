// SPDX-License-Identifier: Apache-2.0
#include "package/apt_package_manager.hpp"

#include "package/apt_resolver.hpp"
#include "package/deb_fetcher.hpp"
#include "package/deb_installer.hpp"
#include "package/deb_remover.hpp"
#include "package/dpkg_status.hpp"

#include <utility>

namespace imgbuild::package {

std::vector<std::string> AptPackageManager::tool_versions(const base::Context&) const {
    // apt and gpgv of the host only decide what the resolution then says; the dpkg that writes is one
    // of its packages. What remains is this program: the number changes with what it does.
    std::string installer = "imgbuild-deb-installer 4";
    if (unpacking_ == Unpacking::native) {
        installer += " native";
    }
    if (configuring_ == Configuring::fast) {
        installer += " fast";
    }
    return {installer};
}

Resolution AptPackageManager::resolve(const PackageRequest& request, const base::Context& context) {
    return resolve_with_apt(request, client_, store_, context);
}

std::optional<Resolution> AptPackageManager::last_resolution(const PackageRequest& request) const {
    return last_apt_resolution(request, store_);
}

std::unique_ptr<RawDebs> AptPackageManager::take_raw_debs(
    const PackageRequest& request, const Resolution& resolution, const base::Context& context) {
    // On top of a container dpkg unpacks: there may be older versions of the same packages.
    if (unpacking_ == Unpacking::dpkg || request.derived_from) {
        return nullptr;
    }
    for (std::unique_ptr<RawDebs>& debs : raw_debs_) {
        if (debs && &debs->resolution() == &resolution) {
            return std::exchange(debs, nullptr);
        }
    }
    return std::make_unique<RawDebs>(resolution, store_, context);
}

void AptPackageManager::fetch(
    const PackageRequest& request, const Resolution& resolution, const base::Context& context) {
    std::unique_ptr<RawDebs> raw_debs = take_raw_debs(request, resolution, context);
    fetch_debs(request, resolution, raw_debs.get(), client_, store_, context);
    raw_debs_.push_back(std::move(raw_debs));
}

void AptPackageManager::install(
    root::WorkingRoot& root,
    const PackageRequest& request,
    const Resolution& resolution,
    const std::function<void(bool are_all)>& on_unpacked,
    const base::Context& context) {
    const std::unique_ptr<RawDebs> raw_debs = take_raw_debs(request, resolution, context);
    install_debs(
        root, request, resolution, raw_debs.get(), configuring_, on_unpacked, store_, context);
}

std::vector<std::string> AptPackageManager::remove(
    root::WorkingRoot& root,
    const std::vector<WantedPackage>& packages,
    bool forced,
    std::int64_t epoch,
    const base::Context& context) {
    return remove_debs(root, packages, forced, epoch, store_, context);
}

std::vector<InstalledPackage> AptPackageManager::installed(const root::Root& root) const {
    return parse_dpkg_status(root.try_read("var/lib/dpkg/status").value_or(std::string()));
}

} // namespace imgbuild::package
