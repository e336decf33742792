// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "naming/image_name.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::naming {

enum class Transport {
    registry,
    layout,
    oci_archive,
    docker_archive,
    /// An archive of either kind.
    archive,
    directory,
};

/// What a reference says by itself.
struct Reference {
    enum class Kind { registry, path, farm };

    Kind kind = Kind::registry;
    /// As it was written; messages use it.
    std::string text;
    /// Of a registry's. Without a registry: a short name, still to be looked up.
    ImageName name;
    /// Of a path's; an archive if only what is there tells.
    Transport transport = Transport::registry;
    /// Without its scheme. A path may have ":REF" behind it.
    std::string rest;
};

/// Where an image is.
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

/// The scheme is none that imgbuild reads.
class UnknownScheme : public base::UsageError {
public:
    using base::UsageError::UsageError;
};

/// Takes what `podman pull` takes ("docker://…", names, "oci:", "oci-archive:", "docker-archive:",
/// "dir:", each followed by a path and ":REF"), "file://PATH" (looks what it is) and the build farm's
/// obs://, obsrepositories:/ and obsregistry://, which are files below "containers" beside the description.
/// @throws UnknownScheme; base::UsageError if it is no reference for another reason.
Reference parse_reference(std::string_view text);

/// @param base_directory that of the description: relative paths start there.
/// @throws base::Error (exit code 3) if there is no such file.
Location locate(const Reference& reference, const std::string& base_directory);

/// What `locate` would say if it was there. Nothing if that depends on what is there: a path may have
/// colons of its own.
std::optional<Location>
expected_location(const Reference& reference, const std::string& base_directory);

/// Both steps.
Location parse_location(std::string_view text, const std::string& base_directory);

} // namespace imgbuild::naming
