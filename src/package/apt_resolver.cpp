// SPDX-License-Identifier: Apache-2.0
// Two questions are put to apt. First, with nothing installed: which packages? Then, with the base
// system taken for installed: in which order does it call dpkg for the rest? The base system is not
// asked about in the second one because no order of apt's could install it into an empty root: it is
// unpacked by us, all at once, and configured by dpkg in dpkg's order. Where the root already has the
// bootstrap's packages, or those of the container it is derived from, these are taken for installed in
// both questions, and there is no base.
#include "package/apt_resolver.hpp"

#include "base/architecture.hpp"
#include "base/cancel.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "package/base_packages.hpp"
#include "package/deb_plan.hpp"
#include "package/dpkg_status.hpp"
#include "package/extended_states.hpp"
#include "package/host_tools.hpp"
#include "package/last_resolution.hpp"
#include "package/packages_fetcher.hpp"
#include "package/packages_index.hpp"
#include "package/private_apt.hpp"
#include "package/reduced_index.hpp"
#include "package/release_fetcher.hpp"
#include "package/resolution_record.hpp"
#include "package/store_text.hpp"
#include "package/unmet_dependencies.hpp"
#include "package/wanted_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace imgbuild::package {
namespace {

constexpr std::string_view record_kind = "apt-resolution";

class Resolver {
public:
    Resolver(
        const PackageRequest& request,
        const std::vector<SourceRelease>& releases,
        const std::vector<IndexFile>& files,
        const std::string& architecture,
        const store::Store& store,
        const base::Context& context)
        : request_(request)
        , releases_(releases)
        , files_(files)
        , architecture_(architecture)
        , context_(context)
        , apt_(store, architecture) {}

    Resolution run(const PackagesIndex& index);

private:
    const PackageRecord& record_of(const PackagesIndex& index, const PlannedPackage& package) const;
    std::vector<std::string> arguments(const PackagesIndex& index);
    void find_installed(const PackagesIndex& index);
    void show_packages(const PackagesIndex& index, const std::vector<std::string>& arguments);

    bool is_empty_root() const { return installed_.empty() && !request_.derived_from; }

    bool was_automatic(const PackageRecord& record) const;
    void choose(const PackagesIndex& index, const std::vector<std::string>& names);
    ResolvedPackage describe(const PackageRecord& record) const;
    void describe_all(Resolution& resolution) const;
    void plan_rest(Resolution& resolution);
    std::size_t number_of(const PlannedPackage& package) const;
    std::vector<std::string> install_options() const;

    const PackageRequest& request_;
    const std::vector<SourceRelease>& releases_;
    const std::vector<IndexFile>& files_;
    const std::string& architecture_;
    const base::Context& context_;
    PrivateApt apt_;
    WantedNames wanted_;
    /// In the order apt would unpack them in an empty root.
    std::vector<PlannedPackage> planned_;
    std::vector<const PackageRecord*> chosen_;
    std::set<std::size_t> base_;
    /// Records of the request's `installed_before`, in its order, and apt's words for their state.
    std::vector<const PackageRecord*> installed_;
    std::string installed_status_;
    /// Names of the packages that the container below has.
    std::set<std::string, std::less<>> present_;
};

std::string installed_stanza(const PackageRecord& record) {
    return fmt::format("Status: install ok installed\n{}\n\n", record.stanza);
}

std::vector<std::string> Resolver::install_options() const {
    return {
        "-o",
        fmt::format("APT::Install-Recommends={}", request_.with_recommended ? "true" : "false")};
}

/// What the request names, and into an empty root the essential packages.
std::vector<std::string> Resolver::arguments(const PackagesIndex& index) {
    wanted_ = check_wanted_names(request_, index, releases_, architecture_);
    std::vector<std::string> names = wanted_.arguments;
    if (request_.derived_from) {
        return names;
    }
    for (const PackageRecord& record : index.records()) {
        const std::string name(record.name);
        if (record.essential && wanted_.names.find(name) == wanted_.names.end()) {
            wanted_.names.insert(name);
            names.push_back(name);
        }
    }
    // The root's /bin, /sbin and /lib are links from the start. Without this apt would choose the
    // package that turns directories into links, which needs all of perl for nothing.
    if (wanted_.names.find("usrmerge") == wanted_.names.end() &&
        !index.named("usr-is-merged").empty() && wanted_.names.insert("usr-is-merged").second) {
        names.emplace_back("usr-is-merged");
    }
    return names;
}

const PackageRecord&
Resolver::record_of(const PackagesIndex& index, const PlannedPackage& package) const {
    for (const std::uint32_t number : index.named(package.name)) {
        const PackageRecord& record = index.records()[number];
        if (record.version == package.version && record.architecture == package.architecture) {
            return record;
        }
    }
    throw base::Error(
        fmt::format(
            "apt-get chose {} {} ({}), which is in no index",
            package.name,
            package.version,
            package.architecture),
        base::ExitCode::fetch);
}

void Resolver::find_installed(const PackagesIndex& index) {
    const PackageDatabase below = request_.derived_from.value_or(PackageDatabase());
    installed_status_ = status_without(below.status, request_.installed_before);
    for (const ResolvedPackage& package : request_.installed_before) {
        installed_.push_back(
            &record_of(index, {package.name, package.version, package.architecture}));
        installed_status_ += installed_stanza(*installed_.back());
    }
    for (InstalledPackage& package : parse_dpkg_status(below.status)) {
        present_.insert(std::move(package.name));
    }
    if (!is_empty_root()) {
        apt_.set_status(installed_status_, below.automatic);
    }
}

/// apt needs seconds to read tens of thousands of packages that can't come into question.
void Resolver::show_packages(
    const PackagesIndex& index, const std::vector<std::string>& arguments) {
    std::set<std::string, std::less<>> names = names_in_status(installed_status_);
    names.insert(wanted_.names.begin(), wanted_.names.end());
    for (const std::string& argument : arguments) {
        names.insert(NameParts::parse(argument).name);
    }
    const std::vector<std::string> texts =
        reduced_index(index, files_.size(), names, request_.with_recommended);
    apt_.set_sources(request_, releases_, files_, texts);
}

void Resolver::choose(const PackagesIndex& index, const std::vector<std::string>& names) {
    if (names.empty()) {
        return;
    }
    std::vector<std::string> command = install_options();
    command.insert(command.end(), {"-s", "install"});
    command.insert(command.end(), names.begin(), names.end());
    const PrivateApt::Answer answer = apt_.run(command, context_);
    if (answer.status != 0) {
        throw_unmet_dependencies(request_, answer.output, answer.messages);
    }
    if (const auto removed = parse_removals(answer.output); !removed.empty()) {
        base::Error error(
            fmt::format(
                "the image packages can't be installed beside {} of the {}",
                base::join(removed, ", "),
                request_.derived_from ? "container below" : "bootstrap"),
            base::ExitCode::fetch);
        error.set_hint(
            request_.derived_from
                ? "leave out the packages that conflict with it, or take another container"
                : "name the packages of the image that replace them in "
                  "<packages type=\"bootstrap\">");
        throw error;
    }
    planned_ = parse_simulation(answer.output);
    chosen_.clear();
    for (const PlannedPackage& package : planned_) {
        chosen_.push_back(&record_of(index, package));
    }
    if (is_empty_root()) {
        const std::vector<std::size_t> base = base_packages(chosen_);
        base_ = std::set<std::size_t>(base.begin(), base.end());
    }
}

std::size_t Resolver::number_of(const PlannedPackage& package) const {
    const auto found =
        std::find_if(planned_.begin(), planned_.end(), [&package](const PlannedPackage& known) {
            return known.name == package.name && known.architecture == package.architecture &&
                   (package.version.empty() || known.version == package.version);
        });
    if (found == planned_.end()) {
        throw base::Error(
            fmt::format("apt-get plans with {}, which it had not chosen", package.name),
            base::ExitCode::fetch);
    }
    return static_cast<std::size_t>(found - planned_.begin());
}

/// A newer version of what the container below has stays what it was; what is new came in by itself.
bool Resolver::was_automatic(const PackageRecord& record) const {
    return !request_.derived_from || !present_.contains(record.name) ||
           is_automatic(request_.derived_from->automatic, record.name);
}

ResolvedPackage Resolver::describe(const PackageRecord& record) const {
    const std::optional<crypto::Digest> digest = crypto::Digest::from_hex(record.sha256);
    if (!digest) {
        throw base::Error(
            fmt::format(
                "the index of repository '{}' has no SHA-256 sum for package {}",
                request_.sources[record.source].alias,
                record.name),
            base::ExitCode::fetch);
    }
    ResolvedPackage package;
    package.name = record.name;
    package.version = record.version;
    package.architecture = record.architecture;
    package.size = record.size;
    package.installed_size = record.installed_size * 1024;
    package.digest = *digest;
    package.path = record.filename;
    package.source = record.source;
    package.automatic =
        wanted_.names.find(record.name) == wanted_.names.end() && was_automatic(record);
    package.essential = record.essential;
    return package;
}

/// The steps number the planned packages; what is installed already comes after them.
void Resolver::describe_all(Resolution& resolution) const {
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
        ResolvedPackage package = describe(*chosen_[i]);
        package.base = base_.find(i) != base_.end();
        package.automatic = package.automatic && !package.base;
        resolution.packages.push_back(std::move(package));
    }
    for (std::size_t i = 0; i < installed_.size(); ++i) {
        const bool is_replaced =
            std::any_of(chosen_.begin(), chosen_.end(), [&](const PackageRecord* chosen) {
                return chosen->name == installed_[i]->name &&
                       chosen->architecture == installed_[i]->architecture;
            });
        if (!is_replaced) {
            ResolvedPackage package = describe(*installed_[i]);
            package.base = request_.installed_before[i].base;
            package.automatic = package.automatic && !package.base;
            package.installed_before = true;
            resolution.packages.push_back(std::move(package));
        }
    }
}

/// Asks for the calls of dpkg that bring in everything above the base or the bootstrap.
void Resolver::plan_rest(Resolution& resolution) {
    std::vector<std::string> command = install_options();
    command.insert(command.end(), {"--no-download", "-o", "Debug::pkgDPkgPM=1", "install"});
    std::string status = installed_status_;
    std::set<std::size_t> missing;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
        if (base_.find(i) != base_.end()) {
            status += installed_stanza(*chosen_[i]);
            continue;
        }
        const PlannedPackage& package = planned_[i];
        missing.insert(i);
        apt_.pretend_downloaded(package, chosen_[i]->size);
        command.push_back(
            fmt::format("{}:{}={}", package.name, package.architecture, package.version));
    }
    if (missing.empty()) {
        return;
    }
    apt_.set_status(status);
    const PrivateApt::Answer answer = apt_.run(command, context_);
    if (answer.status != 0) {
        throw_unmet_dependencies(request_, answer.output, answer.messages);
    }
    for (const PlannedCall& call : parse_dpkg_calls(answer.messages)) {
        InstallStep step;
        const bool unpack = call.action == PlannedCall::Action::unpack;
        step.action = unpack ? InstallStep::Action::unpack : InstallStep::Action::configure;
        for (const PlannedPackage& package : call.packages) {
            step.packages.push_back(number_of(package));
            if (unpack) {
                missing.erase(step.packages.back());
            }
        }
        resolution.steps.push_back(std::move(step));
    }
    if (!missing.empty()) {
        throw base::Error(
            fmt::format(
                "apt-get's plan leaves out {} packages it had chosen, {} among them",
                missing.size(),
                planned_[*missing.begin()].name),
            base::ExitCode::fetch);
    }
}

Resolution Resolver::run(const PackagesIndex& index) {
    find_installed(index);
    const std::vector<std::string> names = arguments(index);
    show_packages(index, names);
    choose(index, names);
    Resolution resolution;
    resolution.package_manager = "apt";
    describe_all(resolution);
    if (is_empty_root()) {
        const std::vector<std::size_t> base(base_.begin(), base_.end());
        resolution.steps.push_back({InstallStep::Action::unpack, base});
        resolution.steps.push_back({InstallStep::Action::configure, base});
    }
    plan_rest(resolution);
    return resolution;
}

/// Nothing if one was damaged: it is no longer in the store then.
std::optional<PackagesIndex> load_index(
    const std::vector<IndexFile>& files, const store::Store& store, const base::Context& context) {
    const base::Activity activity(
        context.reporter,
        {.title = "reading the package indexes", .parent = context.parent_activity});
    PackagesIndex index;
    for (const IndexFile& file : files) {
        base::throw_if_stopped(context.stop);
        std::optional<std::string> text = find_text(store, file.digest);
        if (!text) {
            return std::nullopt;
        }
        index.add(std::move(*text), static_cast<std::uint32_t>(file.source));
    }
    return index;
}

} // namespace

Resolution resolve_with_apt(
    const PackageRequest& request,
    net::Client& client,
    const store::Store& store,
    const base::Context& context) {
    const std::optional<std::string> architecture = base::debian_architecture(request.architecture);
    if (!architecture) {
        throw base::Error(
            fmt::format("Debian has no packages for architecture {}", request.architecture),
            base::ExitCode::usage);
    }
    const std::vector<SourceRelease> releases = fetch_releases(request, client, store, context);
    std::vector<ResolvedIndex> indexes;
    std::vector<IndexFile> files;
    const auto fetch_files = [&] {
        files = fetch_packages_files(request, releases, *architecture, client, store, context);
    };
    for (const SourceRelease& release : releases) {
        indexes.push_back(release.index);
    }
    if (std::any_of(releases.begin(), releases.end(), [](const SourceRelease& release) {
            return release.text.empty();
        })) {
        // Without a Release file the Packages file itself says whether anything has changed.
        fetch_files();
        for (const IndexFile& file : files) {
            if (releases[file.source].text.empty()) {
                indexes[file.source].digest = file.digest;
            }
        }
    }
    const crypto::Digest key = resolution_key(request, indexes);
    if (const std::optional<std::string> record = store.find_record(record_kind, key)) {
        if (auto known = read_resolution(*record, request.sources.size())) {
            known->indexes = std::move(indexes);
            known->cached = true;
            known->asked = base::now();
            remember_last_resolution(request, key, *known, store);
            return std::move(*known);
        }
    }
    require_host_tool("apt-get");
    if (files.empty()) {
        fetch_files();
    }
    std::optional<PackagesIndex> index = load_index(files, store, context);
    if (!index) {
        fetch_files();
        index = load_index(files, store, context);
    }
    if (!index) {
        throw base::Error(
            fmt::format("the package indexes in the store {} don't stay whole", store.path()))
            .set_hint("its disk may be failing: use another place with --store");
    }
    base::Activity activity(
        context.reporter, {.title = "resolving dependencies", .parent = context.parent_activity});
    Resolution resolution =
        Resolver(request, releases, files, *architecture, store, context).run(*index);
    resolution.indexes = std::move(indexes);
    resolution.asked = base::now();
    store.put_record(record_kind, key, write_resolution(resolution));
    remember_last_resolution(request, key, resolution, store);
    return resolution;
}

std::optional<Resolution>
last_apt_resolution(const PackageRequest& request, const store::Store& store) {
    return find_last_resolution(request, record_kind, store);
}

} // namespace imgbuild::package
