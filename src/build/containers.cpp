// SPDX-License-Identifier: Apache-2.0
#include "build/containers.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "naming/saved_name.hpp"
#include "oci/platform.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace imgbuild::build {

namespace {

ContainerInput resolve(
    const description::Container& wish,
    const oci::SourceOptions& options,
    const oci::Platform& platform,
    const base::Context& context) {
    ContainerInput container;
    container.wish = wish;
    container.format = naming::archive_format(wish.save_format);
    const naming::Location location = naming::parse_location(wish.name, options.base_directory);
    if (!wish.save_as.empty()) {
        container.save_path = naming::save_path(wish.save_as, container.format, location);
    }
    if (!wish.preload_to.empty() && wish.preload_to != "graphroot" &&
        wish.preload_to != "imagestore") {
        base::UsageError error(
            fmt::format("preload_to=\"{}\" is no place for containers", wish.preload_to));
        error.set_hint("write \"graphroot\" or \"imagestore\"");
        throw error;
    }
    container.source = oci::open_image_source(wish.name, options, context);
    container.image = container.source->resolve(platform, context);
    const oci::PinnedImage& image = container.image;
    std::string own = image.repository;
    std::string tag = image.tag;
    if (own.empty() || tag.empty()) {
        const auto [repository, file_tag] = naming::local_name(location);
        own = own.empty() ? repository : own;
        tag = tag.empty() ? file_tag : tag;
    }
    container.name = own + ":" + tag;
    container.name_by_digest = own + "@" + oci::to_string(image.digest());
    context.reporter.message(
        base::LogLevel::info, fmt::format("{}: {}", image.reference, image.trust));
    return container;
}

/// The names of files need no network, but follow from rules that the description's checks don't know.
void check_targets(const std::vector<ContainerInput>& containers) {
    std::map<std::string, const ContainerInput*> targets;
    for (const ContainerInput& container : containers) {
        if (container.save_path.empty()) {
            continue;
        }
        const auto [other, is_new] = targets.emplace(container.save_path, &container);
        if (!is_new) {
            base::UsageError error(fmt::format(
                "the containers {} and {} are both saved as {}",
                other->second->wish.name,
                container.wish.name,
                container.save_path));
            error.at(container.wish.position);
            throw error;
        }
    }
}

} // namespace

void resolve_containers(Inputs& inputs, oci::SourceOptions options, const base::Context& context) {
    const description::Request& request = inputs.request;
    if (request.containers.empty()) {
        return;
    }
    base::Activity activity(
        context.reporter, {.kind = base::ActivityKind::stage, .title = "resolving containers"});
    base::Context inner = context;
    inner.parent_activity = activity.id();
    options.base_directory = request.directory;
    const oci::Platform platform = oci::platform_of(request.architecture);
    for (const description::Container& wish : request.containers) {
        try {
            inputs.containers.push_back(resolve(wish, options, platform, inner));
        } catch (base::Error& error) {
            error.at(wish.position);
            throw;
        }
    }
    check_targets(inputs.containers);
}

} // namespace imgbuild::build
