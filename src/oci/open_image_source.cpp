// SPDX-License-Identifier: Apache-2.0
#include "oci/open_image_source.hpp"

#include "base/error.hpp"
#include "naming/location.hpp"
#include "oci/archive_files.hpp"
#include "oci/checked_source.hpp"
#include "oci/directory_source.hpp"
#include "oci/docker_archive_source.hpp"
#include "oci/layout_source.hpp"
#include "oci/registry_source.hpp"

#include <utility>

namespace imgbuild::oci {

namespace {

/// An archive is what is in it: an OCI layout, or what docker save writes (newer ones are both).
std::unique_ptr<ImageSource> open_archive(
    naming::Location location, const SourceOptions& options, const base::Context& context) {
    std::unique_ptr<ArchiveFiles> files = base::with_context(
        [&location] { return location.text; },
        [&] { return ArchiveFiles::import(location.path, options.store, context); });
    const bool is_layout =
        location.transport == naming::Transport::oci_archive ||
        (location.transport == naming::Transport::archive && files->has("oci-layout"));
    if (is_layout) {
        return std::make_unique<LayoutSource>(
            std::move(location.text), std::move(files), std::move(location.wanted), options.store);
    }
    return std::make_unique<DockerArchiveSource>(
        std::move(location.text), std::move(files), std::move(location.wanted), options.store);
}

std::unique_ptr<ImageSource> open_files(
    const naming::Location& location, const SourceOptions& options, const base::Context& context) {
    if (location.transport == naming::Transport::layout) {
        return std::make_unique<LayoutSource>(
            location.text,
            std::make_unique<DirectoryFiles>(location.path),
            location.wanted,
            options.store);
    }
    if (location.transport == naming::Transport::directory) {
        return std::make_unique<DirectorySource>(
            location.text, std::make_unique<DirectoryFiles>(location.path), options.store);
    }
    return open_archive(location, options, context);
}

/// What policy.json calls it.
std::string policy_transport(naming::Transport transport) {
    switch (transport) {
    case naming::Transport::registry:
        return "docker";
    case naming::Transport::layout:
        return "oci";
    case naming::Transport::directory:
        return "dir";
    case naming::Transport::docker_archive:
        return "docker-archive";
    default:
        return "oci-archive";
    }
}

} // namespace

std::unique_ptr<ImageSource> open_image_source(
    const std::string& uri, const SourceOptions& options, const base::Context& context) {
    naming::Location location = naming::parse_location(uri, options.base_directory);
    config::Policy policy = config::Policy::load(options.host, options.policy);
    if (location.transport != naming::Transport::registry) {
        return std::make_unique<CheckedSource>(
            open_files(location, options, context),
            location.text,
            std::move(policy),
            TrustSubject{
                policy_transport(location.transport),
                path_scopes(location.path, location.wanted),
                std::nullopt},
            location.transport == naming::Transport::directory ? location.path : "",
            options.store);
    }
    return std::make_unique<RegistrySource>(
        std::move(location.name),
        RegistrySettings{
            options.host,
            config::Registries::load(options.host),
            config::RegistryCredentials(options.host, options.authfile),
            std::move(policy),
            config::Lookaside::load(options.host),
            options.transfers,
            options.pool ? options.pool : std::make_shared<RegistryPool>(),
            options.recalls},
        options.store);
}

} // namespace imgbuild::oci
