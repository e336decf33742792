// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Makes an image out of something. Whatever it is, it is unpacked into private staging first; only a whole
 * image takes its place, at once, and a failed import leaves what was there.
 */
#pragma once

#include "base/context.hpp"
#include "check/bootability.hpp"
#include "images/image_lock.hpp"
#include "images/image_store.hpp"
#include "images/update_tree.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::images {

struct ImportOptions {
    /// Replace an image of that name.
    bool force = false;
    /// Bring an image of that name up to date: one that would be the same is left alone, and its history
    /// goes on.
    bool update = false;
    LockWait wait = LockWait::wait;
};

/// What an import fetches.
struct ImportSource {
    /// Where it comes from, for the history; without passwords.
    std::string description;
    /// More for the history, such as a digest; asked for when the root is filled.
    std::function<std::vector<std::pair<std::string, std::string>>()> details;
    /// Fills an empty root, confined to it.
    std::function<void(const root::Root& into, const base::Context& context)> fill;
    /// Set if the source can be compared where it stands: an update then copies what differs only.
    std::optional<SourceTree> tree = std::nullopt;
};

struct ImportOutcome {
    /// The image was there already, and is the same: nothing was changed.
    bool is_unchanged = false;
    /// Of an update: entries that were added, changed, or removed.
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t removed = 0;
    std::uint64_t entries = 0;
    /// Of regular files.
    std::uint64_t bytes = 0;
    /// Whether nodes can boot it.
    std::vector<check::Finding> findings;
};

/// @returns with the image published. The lock is held until then.
/// @throws base::UsageError if the name is taken (without force or update), or the source has no /bin/sh.
ImportOutcome import_image(
    const ImageStore& store,
    const std::string& name,
    const ImportSource& source,
    const ImportOptions& options,
    const base::Context& context);

/// A directory: a chroot, an Apptainer sandbox (without what Apptainer keeps in it, unless
/// `keep_singularity`), or the root of this machine ("/": its own file system only, without caches, logs
/// of the moment, temporary files and the identity that nodes must not share; files that change meanwhile
/// are left out with a warning).
/// @throws base::UsageError if it is no directory.
ImportSource
directory_source(const ImageStore& store, const std::string& path, bool keep_singularity);

/// A tar or cpio archive, compressed or not.
ImportSource archive_source(const std::string& path);

} // namespace imgbuild::images
