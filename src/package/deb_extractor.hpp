// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/thread_pool.hpp"
#include "package/owner_names.hpp"
#include "package/raw_deb.hpp"
#include "root/root.hpp"

#include <map>
#include <set>
#include <string>

namespace imgbuild::package {

/// The directories of packages that are laid out before dpkg knows them: by path in the root, without
/// links in it.
struct LaidDirectories {
    /// As the last package has them.
    std::map<std::string, tree::Entry> shipped;
    /// Those in which there is something else than directories.
    std::set<std::string> filled;
};

/// Writes what packages hold into a root as dpkg would, confined to it: a directory that is there
/// stays as it is, also if a link leads to it; anything else that is there is replaced; configuration
/// files become "NAME.dpkg-new", where `dpkg --configure` takes them from; directories keep the time of
/// the last change in them. A thread of its own fills the files.
class DebExtractor {
public:
    /// @param root, owners, context outlive the extractor.
    DebExtractor(
        const root::Root& root,
        OwnerNames& owners,
        bool exclude_documentation,
        const base::Context& context)
        : root_(root)
        , owners_(owners)
        , exclude_documentation_(exclude_documentation)
        , context_(context) {}

    /// @param deb has no problem.
    /// @throws base::Error "PACKAGE: FILE: …" if something can't be written.
    void extract(const RawDeb& deb) const;

    /// The same for a base system that must work before it is configured: configuration files stand in
    /// their places. @param directories gets those of the package.
    void lay(const RawDeb& deb, LaidDirectories& directories) const;

    /// Only the configuration files of a package that was laid.
    void extract_conffiles(const RawDeb& deb) const;

    /// Gives laid directories owner, mode and time.
    void finish(const LaidDirectories& directories) const;

private:
    bool leaves_out(const tree::Entry& entry) const;

    const root::Root& root_;
    OwnerNames& owners_;
    bool exclude_documentation_;
    const base::Context& context_;
    /// Not the context's pool, which is busy with decompressing the packages that come next.
    mutable base::ThreadPool writer_{1};
};

} // namespace imgbuild::package
