// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/image_name.hpp"

#include <string>
#include <string_view>

namespace imgbuild::oci {

enum class Transport {
    registry,
    layout,
    oci_archive,
    docker_archive,
    /// An archive of either kind.
    archive,
    directory,
};

/// Where an image is, as its reference says.
struct Location {
    Transport transport = Transport::registry;
    /// As it was written; messages use it.
    std::string text;
    /// Of the registry transport. Without a registry: a short name, still to be looked up.
    ImageName name;
    /// Of the others.
    std::string path;
    /// What of it; empty: the only image there is.
    std::string wanted;
};

/// Takes what `podman pull` takes ("docker://…", names, "oci:", "oci-archive:", "docker-archive:",
/// "dir:", each followed by a path and ":REF"), "file://PATH" (looks what it is) and the build farm's
/// obs://, obsrepositories:/ and obsregistry://, which are files below "containers" beside the description.
/// @param base_directory that of the description: relative paths start there.
/// @throws base::UsageError if it is none of these; base::Error (exit code 3) if there is no such file.
Location parse_location(std::string_view text, const std::string& base_directory);

} // namespace imgbuild::oci
