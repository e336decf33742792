// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What images are called that become files, or come from files.
 */
#pragma once

#include "naming/location.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace imgbuild::naming {

enum class ArchiveFormat {
    /// An OCI layout in a tar archive.
    oci_archive,
    /// What `docker load` reads: layers are not compressed.
    docker_archive,
    /// An OCI layout as a directory.
    oci_directory,
};

/// "oci-archive", "docker-archive", "oci-dir"; empty: the first. @throws base::UsageError
ArchiveFormat archive_format(std::string_view name);

/// Where a container is saved: `save_as` itself, or if that ends in a slash the file REPO_TAG with the
/// format's ending below it. REPO is the last part of the name; an image that is named by digest alone
/// has "sha256-" and 12 digits as its tag. A local image has its file's name without the ending, split at
/// the last ":", as a registry could have it: "My App (1).tar" is my-app-1.
/// @throws base::UsageError if a file's name has nothing that a registry could have.
std::string save_path(const std::string& save_as, ArchiveFormat format, const Location& location);

/// What an image is called whose source has no name for it: "localhost/REPO" and its tag. @throws as
/// `save_path`.
std::pair<std::string, std::string> local_name(const Location& location);

} // namespace imgbuild::naming
