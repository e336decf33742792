// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "package/deb_extractor.hpp"
#include "package/dpkg_database.hpp"
#include "package/dpkg_session.hpp"
#include "package/owner_names.hpp"
#include "package/package_manager.hpp"
#include "package/raw_deb.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace imgbuild::package {

/// Unpacks packages with the result that dpkg would have: the same files, the same database, preinst
/// scripts run in the same order and at the same moment. Decompressing runs ahead on other threads, also
/// while packages are being configured. What is out of the ordinary is left to dpkg itself.
class NativeUnpacker {
public:
    /// Has dpkg unpack one package of the resolution.
    using UnpackByDpkg = std::function<void(std::size_t number)>;

    /// @param request, debs, store, context, root outlive the unpacker.
    NativeUnpacker(
        root::WorkingRoot& root,
        const PackageRequest& request,
        RawDebs& debs,
        const store::Store& store,
        const base::Context& context);

    /// Writes the files of the base system, so that dpkg and scripts can run, without making any package
    /// known to dpkg.
    void lay_base(const std::vector<std::size_t>& packages);

    /// Unpacks packages in this order.
    void unpack(
        const std::vector<std::size_t>& packages,
        DpkgSession& session,
        base::Activity& progress,
        const UnpackByDpkg& by_dpkg);

private:
    bool unpack_one(const RawDeb& deb, bool is_laid, DpkgSession& session);
    std::optional<std::string> obstacle(const RawDeb& deb) const;
    bool run_preinst(const RawDeb& deb, DpkgSession& session);
    void extract_plainly(const RawDeb& deb);

    root::WorkingRoot& root_;
    const PackageRequest& request_;
    const store::Store& store_;
    const base::Context& context_;
    /// Debian's word.
    std::string architecture_;
    RawDebs& debs_;
    OwnerNames owners_;
    DebExtractor extractor_;
    DpkgDatabase database_;
    /// Packages whose files are in the root already.
    std::set<std::size_t> laid_;
};

} // namespace imgbuild::package
