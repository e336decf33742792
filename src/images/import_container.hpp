// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "images/import.hpp"
#include "oci/open_image_source.hpp"
#include "oci/platform.hpp"

#include <string>
#include <string_view>

namespace imgbuild::images {

/// True for what names a container image rather than a file: "docker://…", "docker-daemon:…",
/// "oci-archive:…" and the like, and names with a tag such as "debian:12".
bool is_container_uri(std::string_view text);

/// True if the file is an archive that container tools wrote (an OCI layout, or what `docker save`
/// writes), not the archive of a root. Compressed or not; only its first entries are read.
bool is_container_archive(const std::string& path);

/// What oci::open_image_source takes, and "docker-daemon:NAME" (or "docker-daemon://NAME"), which is
/// asked of the Docker daemon of this machine (DOCKER_HOST, else /var/run/docker.sock).
/// @param options the store outlives the source.
ImportSource container_source(
    const std::string& uri, const oci::SourceOptions& options, const oci::Platform& platform);

} // namespace imgbuild::images
