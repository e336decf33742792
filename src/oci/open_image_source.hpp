// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/host.hpp"
#include "net/client.hpp"
#include "oci/image_source.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>

namespace imgbuild::oci {

class RegistryPool;

struct SourceOptions {
    /// Where documents and blobs go; outlives the source.
    const store::Store& store;
    /// That of the description: relative paths, and the build farm's containers, are below it. Empty:
    /// the working directory.
    std::string base_directory = "";
    /// Whose registries.conf, logins and certificates count.
    config::Host host = config::Host::current();
    /// How registries are reached.
    net::ClientOptions transfers = {};
    /// --authfile; "": the usual places.
    std::string authfile = "";
    /// --policy; "": policy.json in the usual places.
    std::string policy = "";
    /// Registries are asked only about what nobody has asked them before; of what is known already the
    /// policy is not checked again.
    bool recalls = false;
    /// Shared by all images of a program; nothing: this image has one of its own.
    std::shared_ptr<RegistryPool> pool = nullptr;
};

/// @param uri what `podman pull` takes, and more: see `parse_location`.
/// @throws base::UsageError if it is no such reference; base::Error (exit code 3) if there is nothing.
std::unique_ptr<ImageSource> open_image_source(
    const std::string& uri, const SourceOptions& options, const base::Context& context);

} // namespace imgbuild::oci
