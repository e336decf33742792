// SPDX-License-Identifier: Apache-2.0
#include "build/containers.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "naming/saved_name.hpp"
#include "oci/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <utility>
#include <vector>

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
    container.names_in_storage = {own + "@" + oci::to_string(image.digest())};
    if (image.repository.empty() || !image.tag.empty()) {
        container.names_in_storage.push_back(container.name);
    }
    return container;
}

/// Side by side, since most of it is waiting for servers: one that does not answer holds up nobody else.
std::vector<ContainerInput> resolve_all(
    const std::vector<description::Container>& wishes,
    const oci::SourceOptions& options,
    const oci::Platform& platform,
    const base::Context& context) {
    constexpr std::size_t most_at_once = 8;
    std::vector<ContainerInput> containers(wishes.size());
    std::vector<std::exception_ptr> failures(wishes.size());
    {
        // Threads of their own: those of the program are as many as it has processors.
        base::ThreadPool waiting(static_cast<unsigned>(std::min(wishes.size(), most_at_once)));
        base::TaskGroup group(waiting, context.stop);
        for (std::size_t i = 0; i < wishes.size(); ++i) {
            group.run([&, i] {
                try {
                    containers[i] = resolve(wishes[i], options, platform, context);
                } catch (base::Error& error) {
                    error.at(wishes[i].position);
                    failures[i] = std::current_exception();
                }
            });
        }
        group.wait();
    }
    // Of several the first in the description's order, whoever was faster.
    for (const std::exception_ptr& failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
    return containers;
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
    inputs.containers = resolve_all(request.containers, options, platform, inner);
    for (const ContainerInput& container : inputs.containers) {
        context.reporter.message(
            base::LogLevel::info,
            fmt::format("{}: {}", container.image.reference, container.image.trust));
    }
    check_targets(inputs.containers);
}

} // namespace imgbuild::build
