// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Package managers behind one interface: apt now, dnf and zypper later. The distribution's own resolver
 * decides what is installed; all bytes come through `net/`; installing happens offline, inside the sandbox.
 */
#pragma once

#include "base/context.hpp"
#include "base/position.hpp"
#include "crypto/digest.hpp"
#include "net/client.hpp"
#include "root/layered_root.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::package {

/// A repository with its mirror resolved; what `description::Repository` becomes.
struct PackageSource {
    std::string alias;
    /// Base URL without trailing slash: http, https, ftp or file.
    std::string url;
    /// Public URL for messages, records and the image, if `url` is a site's own mirror.
    std::string public_url;
    /// Who named the URL, for people: "the description", "--mirror", a file's name and line.
    std::string origin;
    std::string distribution;
    std::vector<std::string> components;
    std::optional<net::Credentials> credentials;
    /// OpenPGP public keys, armoured or binary, as read from the files that `signing` names.
    std::vector<std::string> keys;
    /// The repository's index is checked against `keys`. False only if the description says so.
    bool check_signature = true;
    std::optional<int> priority;
    base::Position position;
};

struct WantedPackage {
    std::string name;
    base::Position position;
};

struct ResolvedPackage {
    std::string name;
    std::string version;
    /// The distribution's word.
    std::string architecture;
    std::uint64_t size = 0;
    std::uint64_t installed_size = 0;
    crypto::Digest digest;
    /// Relative to the source's URL.
    std::string path;
    /// Number of its source in the request.
    std::size_t source = 0;
    /// Came in by a dependency only.
    bool automatic = false;
    bool essential = false;
    /// Essential, or needed by an essential package: must be there before the root's own package
    /// manager can run.
    bool base = false;
    /// The root has it already: it is one of the request's `installed_before`.
    bool installed_before = false;
};

/// What a root says about the packages it already has, in its own files' words: dpkg's status and apt's
/// extended_states.
struct PackageDatabase {
    std::string status;
    std::string automatic;
};

struct PackageRequest {
    std::vector<PackageSource> sources;
    /// kiwi's word.
    std::string architecture;
    std::vector<WantedPackage> bootstrap;
    std::vector<WantedPackage> packages;
    std::vector<WantedPackage> ignored;
    /// Resolve `bootstrap` alone. The names of `packages` are checked all the same, so that every
    /// unknown one is reported at once.
    bool bootstrap_only = false;
    /// What the root already has: the packages of the bootstrap's own resolution, of the same sources.
    /// The rest is resolved and installed on top of them.
    std::vector<ResolvedPackage> installed_before;
    /// Of the container that the root is derived from: the sources need not know these packages. They
    /// stay unless one that is asked for needs a newer one; nothing is essential beside them.
    std::optional<PackageDatabase> derived_from;
    bool with_recommended = false;
    bool exclude_documentation = false;
    /// Content of `apt-preferences` beside the description; empty if there is none.
    std::string preferences;
    /// Content of `debconf.seed` beside the description; empty if there is none.
    std::string debconf_seed;
    /// Use an index although its Valid-Until has passed.
    bool allow_expired = false;
    /// Ask the mirrors even if the last answer is fresh.
    bool refresh = false;
    /// Seconds since 1970: the time that scripts of packages are told (SOURCE_DATE_EPOCH). Decides
    /// nothing in a resolution.
    std::int64_t epoch = 0;
};

/// The index of a source as it was used.
struct ResolvedIndex {
    std::string alias;
    /// Digest of the signed Release file.
    crypto::Digest digest;
    std::string suite;
    /// Seconds since 1970: Release's Date; 0 if it has none.
    std::int64_t date = 0;
    bool signature_checked = true;
    /// Its Valid-Until has passed; used because the request allows that.
    bool expired = false;
};

/// A step of installing, in the resolver's own order.
struct InstallStep {
    enum class Action { unpack, configure };
    Action action = Action::unpack;
    /// Numbers of packages in the resolution; empty with `configure`: all that is pending.
    std::vector<std::size_t> packages;
};

struct Resolution {
    std::string package_manager;
    std::vector<ResolvedIndex> indexes;
    std::vector<ResolvedPackage> packages;
    std::vector<InstallStep> steps;
    /// The resolution was found in the store instead of being computed.
    bool cached = false;
    /// Seconds since 1970: when the mirrors were asked whether their indexes are still the same.
    std::int64_t asked = 0;
};

struct InstalledPackage {
    std::string name;
    std::string epoch;
    std::string version;
    std::string release;
    std::string architecture;
    std::string source;
    std::string license;
};

/// One resolver and installer. Not thread-safe.
class PackageManager {
public:
    PackageManager() = default;
    PackageManager(const PackageManager&) = delete;
    PackageManager& operator=(const PackageManager&) = delete;
    virtual ~PackageManager() = default;

    /// "apt"
    virtual std::string name() const = 0;

    /// Programs of the host that write into the root and their versions, for the key of the stage.
    virtual std::vector<std::string> tool_versions(const base::Context& context) const = 0;

    /// Gets the indexes, checks them and decides what is installed.
    /// @throws base::DescriptionError with exit code 3 naming every unknown package at its line;
    ///         base::Error for indexes that can't be had, trusted or are out of date.
    virtual Resolution resolve(const PackageRequest& request, const base::Context& context) = 0;

    /// What `resolve` said of this request the last time, without asking anybody; nothing if that is not
    /// known any more.
    virtual std::optional<Resolution> last_resolution(const PackageRequest& request) const = 0;

    /// Fetches what the store does not have yet, in parallel, verified.
    virtual void fetch(
        const PackageRequest& request,
        const Resolution& resolution,
        const base::Context& context) = 0;

    /// Installs everything that is not `installed_before` into the root, which is empty but for that and for
    /// what it is derived from.
    /// @param on_unpacked called when packages were unpacked and processors have become idle; with true when
    ///        all are unpacked and some still have to be configured, once.
    /// @throws base::Error with exit code 4, the package and the last lines, if a script of a package fails.
    virtual void install(
        root::WorkingRoot& root,
        const PackageRequest& request,
        const Resolution& resolution,
        const std::function<void(bool are_all)>& on_unpacked,
        const base::Context& context) = 0;

    /// kiwi's `uninstall` (with what depends on them and what is no longer needed) or, if `forced`,
    /// kiwi's `delete` (without regard to dependencies). Names that aren't installed are returned.
    /// @param epoch as PackageRequest::epoch.
    virtual std::vector<std::string> remove(
        root::WorkingRoot& root,
        const std::vector<WantedPackage>& packages,
        bool forced,
        std::int64_t epoch,
        const base::Context& context) = 0;

    /// The packages of a root, sorted by name.
    virtual std::vector<InstalledPackage> installed(const root::Root& root) const = 0;
};

} // namespace imgbuild::package
