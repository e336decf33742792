// SPDX-License-Identifier: Apache-2.0
#include "build/gather.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/wanted_packages.hpp"
#include "description/buildable.hpp"
#include "description/description.hpp"
#include "tree/exclude_patterns.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

namespace imgbuild::build {

namespace {

constexpr std::string_view epoch_record = "epoch";
constexpr std::size_t largest_key = std::size_t{1} << 20U;

std::string read_key(
    const std::string& key,
    const std::string& directory,
    net::Client& client,
    const base::Context& context) {
    if (const auto path = description::local_key_path(directory, key)) {
        return base::read_file(*path, largest_key);
    }
    return client.fetch_text({.url = key}, largest_key, context).second;
}

package::PackageSource locate(
    const description::Repository& repository,
    const std::string& directory,
    const config::Mirrors& mirrors,
    net::Client& client,
    const base::Context& context) {
    const config::Location location = mirrors.resolve(repository.path, repository.path_position);
    package::PackageSource source;
    source.alias = repository.alias;
    source.url = location.url;
    source.public_url = location.public_url;
    source.origin = location.origin;
    source.distribution = repository.distribution;
    source.components = repository.components;
    source.check_signature = repository.repository_gpgcheck.value_or(true);
    source.priority = repository.priority;
    source.position = repository.position;
    if (!repository.username.empty()) {
        source.credentials = net::Credentials{repository.username, repository.password};
    }
    for (const auto& [key, position] : repository.signing_keys) {
        source.keys.push_back(base::with_context(
            [&] { return fmt::format("reading the key {}", net::without_secrets(key)); },
            [&] { return read_key(key, directory, client, context); }));
    }
    return source;
}

std::string read_if(const std::optional<std::string>& path) {
    return path ? base::read_file(*path) : std::string();
}

/// A mistake in what is to be left out of the image is told now, not when the image is packed.
void check_excludes(const std::string& tree) {
    const std::string path = base::join_path(tree, tree::excludes_path);
    struct stat status = {};
    // A link means a file of the image.
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
        tree::ExcludePatterns::parse(base::read_file(path), path);
    }
}

/// SOURCE_DATE_EPOCH of the caller, as reproducible-builds.org defines it.
std::optional<std::int64_t> epoch_of_environment() {
    const char* const text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr || *text == '\0') {
        return std::nullopt;
    }
    const auto seconds = base::parse_number(text);
    if (!seconds) {
        throw base::UsageError(
            fmt::format("SOURCE_DATE_EPOCH is \"{}\", which is no number of seconds", text));
    }
    return static_cast<std::int64_t>(*seconds);
}

/// Something of the description comes between the bootstrap's packages and the image's.
bool needs_bootstrap(const Inputs& inputs) {
    return inputs.beside.post_bootstrap_script || !inputs.request.bootstrap_archives.empty() ||
           !inputs.request.bootstrap_files.empty();
}

std::int64_t choose_epoch(
    const package::Resolution& resolution,
    const std::optional<BaseImage>& base,
    const store::Store& store) {
    if (const auto epoch = epoch_of_environment()) {
        return *epoch;
    }
    crypto::Sha256 packages;
    for (const package::ResolvedPackage& package : resolution.packages) {
        packages.update(package.digest.hex());
    }
    if (base) {
        packages.update(base->image.manifest.digest.hex());
    }
    const store::Key key = packages.finish();
    if (const auto known = store.find_record(epoch_record, key)) {
        if (const auto seconds = base::parse_number(*known)) {
            return static_cast<std::int64_t>(*seconds);
        }
    }
    std::int64_t newest = base ? base->created : 0;
    for (const package::ResolvedIndex& index : resolution.indexes) {
        newest = std::max(newest, index.date);
    }
    store.put_record(epoch_record, key, std::to_string(newest));
    return newest;
}

void set_epoch(Inputs& inputs, const store::Store& store) {
    inputs.epoch = choose_epoch(inputs.resolution, inputs.base, store);
    inputs.packages.epoch = inputs.epoch;
    if (inputs.bootstrap) {
        inputs.bootstrap->request.epoch = inputs.epoch;
    }
}

/// What the package manager last made of a description.
struct KnownPackages {
    std::optional<PackageSet> bootstrap;
    package::PackageRequest packages;
    package::Resolution resolution;
};

package::PackageRequest bootstrap_request(const package::PackageRequest& packages) {
    package::PackageRequest request = packages;
    request.bootstrap_only = true;
    return request;
}

std::optional<KnownPackages>
find_known_packages(const Inputs& inputs, const package::PackageManager& manager) {
    KnownPackages known;
    known.packages = inputs.packages;
    if (needs_bootstrap(inputs)) {
        known.bootstrap.emplace().request = bootstrap_request(known.packages);
        auto resolution = manager.last_resolution(known.bootstrap->request);
        if (!resolution) {
            return std::nullopt;
        }
        known.bootstrap->resolution = std::move(*resolution);
        known.packages.installed_before = known.bootstrap->resolution.packages;
    }
    auto resolution = manager.last_resolution(known.packages);
    if (!resolution) {
        return std::nullopt;
    }
    known.resolution = std::move(*resolution);
    return known;
}

} // namespace

Inputs read_description(const BuildOptions& options, const base::Context& context) {
    Inputs inputs;
    inputs.request = description::Description::load(options.description).narrow(options.selection);
    description::check_buildable(inputs.request);
    for (const std::string& note : inputs.request.notes) {
        context.reporter.message(base::LogLevel::warning, note);
    }
    inputs.beside = description::look_beside(inputs.request);
    if (inputs.beside.overlay_tree) {
        check_excludes(*inputs.beside.overlay_tree);
    }
    for (const auto& [profile, path] : inputs.beside.profile_trees) {
        check_excludes(path);
    }
    inputs.secrets = options.secrets;
    inputs.shell_command = options.shell_command;
    for (const auto& [name, file] : options.secrets) {
        if (!base::exists(file)) {
            throw base::UsageError(
                fmt::format("the file {} of the secret {} does not exist", file, name));
        }
    }
    const std::string& compression = inputs.request.compression;
    inputs.compression = options.compression   ? *options.compression
                         : compression.empty() ? pack::Compression::standard
                                               : pack::compression_from_name(compression);
    return inputs;
}

void locate_sources(
    Inputs& inputs,
    const BuildOptions& options,
    const config::Mirrors& mirrors,
    net::Client& client,
    const base::Context& context) {
    const description::Request& request = inputs.request;
    package::PackageRequest& packages = inputs.packages;
    std::vector<std::string> paths;
    for (const description::Repository& repository : request.repositories) {
        package::PackageSource source =
            locate(repository, request.directory, mirrors, client, context);
        if (repository.image_include || repository.image_only) {
            inputs.image_sources.push_back(source);
        }
        if (!repository.image_only) {
            packages.sources.push_back(std::move(source));
        }
        paths.push_back(repository.path);
    }
    for (const std::string& name : mirrors.unused_options(paths)) {
        context.reporter.message(
            base::LogLevel::warning,
            fmt::format("--mirror {0}=…: no repository of this build is on mirror:{0}", name));
    }
    packages.architecture = request.architecture;
    packages.bootstrap = wanted_packages(request.bootstrap_packages);
    packages.packages = wanted_packages(request.image_packages);
    packages.ignored = wanted_packages(request.ignored_packages);
    packages.with_recommended = request.pattern_type == description::PatternType::plus_recommended;
    packages.exclude_documentation = request.exclude_documentation;
    packages.preferences = read_if(inputs.beside.apt_preferences);
    packages.debconf_seed = read_if(inputs.beside.debconf_seed);
    packages.allow_expired = options.allow_expired;
    packages.refresh = options.refresh;
}

bool recall_packages(
    Inputs& inputs, const package::PackageManager& manager, const store::Store& store) {
    auto known = find_known_packages(inputs, manager);
    if (!known) {
        return false;
    }
    inputs.bootstrap = std::move(known->bootstrap);
    inputs.packages = std::move(known->packages);
    inputs.resolution = std::move(known->resolution);
    set_epoch(inputs, store);
    return true;
}

bool knows_packages(const Inputs& inputs, const package::PackageManager& manager) {
    return find_known_packages(inputs, manager).has_value();
}

void resolve_packages(
    Inputs& inputs,
    package::PackageManager& manager,
    const store::Store& store,
    const base::Context& context) {
    base::Activity activity(
        context.reporter, {.kind = base::ActivityKind::stage, .title = "resolving packages"});
    base::Context inner = context;
    inner.parent_activity = activity.id();
    if (needs_bootstrap(inputs)) {
        PackageSet& bootstrap = inputs.bootstrap.emplace();
        bootstrap.request = bootstrap_request(inputs.packages);
        bootstrap.resolution = manager.resolve(bootstrap.request, inner);
        inputs.packages.installed_before = bootstrap.resolution.packages;
        // The mirrors have just been asked; asking again could only give another answer.
        inputs.packages.refresh = false;
    }
    inputs.resolution = manager.resolve(inputs.packages, inner);
    if (inputs.resolution.cached) {
        activity.mark_cached();
    }
    set_epoch(inputs, store);
}

} // namespace imgbuild::build
