// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Gives an image away as one file: an OCI archive that registries and container tools take, with labels
 * that say where the image comes from, or a tar archive of its root.
 */
#pragma once

#include "base/context.hpp"
#include "images/image_lock.hpp"
#include "images/image_store.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace imgbuild::images {

enum class ExportForm { oci_archive, docker_archive, tar, tar_gzip };

struct ExportTarget {
    ExportForm form = ExportForm::tar;
    std::string path;
};

/// "oci-archive:PATH", "docker-archive:PATH", "tar:PATH", or a path whose ending says the form (".oci",
/// ".ociarchive", ".oci.tar", ".docker.tar", ".tar", ".tar.gz", ".tgz").
/// @throws base::UsageError for anything else, or if the place is a directory.
ExportTarget parse_export_target(std::string_view text);

struct ExportOptions {
    /// Replace a file that is there.
    bool force = false;
    /// Of the program that exports, for the labels.
    std::string program_version;
    LockWait wait = LockWait::wait;
};

struct ExportOutcome {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    /// Of an OCI archive: the manifest's, "sha256:…".
    std::string digest;
};

/// The whole root goes, also what /etc/warewulf/excludes keeps from nodes. The file appears at once,
/// complete. The same image and history give the same bytes.
/// @throws base::UsageError if there is such a file (without force).
ExportOutcome export_image(
    const ImageStore& store,
    const std::string& name,
    const ExportTarget& target,
    const ExportOptions& options,
    const store::Store& blobs,
    const base::Context& context);

} // namespace imgbuild::images
