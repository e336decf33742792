// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Images as a whole: copied, renamed, deleted. Whatever is interrupted leaves either what was there or
 * what was asked for.
 */
#pragma once

#include "base/context.hpp"
#include "images/image_lock.hpp"
#include "images/image_store.hpp"

#include <string>

namespace imgbuild::images {

struct ManageOptions {
    /// Do it although something of that name exists or nodes use it.
    bool force = false;
    LockWait wait = LockWait::wait;
};

/// The output of an image that is replaced stays, as nodes load it, until the new one is built.
/// @throws base::UsageError if the new name is taken (without force).
void copy_image(
    const ImageStore& store,
    const std::string& from,
    const std::string& to,
    const ManageOptions& options,
    const base::Context& context);

/// Output files go with the image; if it has none, those of an image that is replaced stay. Nodes that use the old name are named in a warning.
void rename_image(
    const ImageStore& store,
    const std::string& from,
    const std::string& to,
    const ManageOptions& options,
    const base::Context& context);

/// @throws base::UsageError if nodes use it (without force), naming them.
void delete_image(
    const ImageStore& store,
    const std::string& name,
    const ManageOptions& options,
    const base::Context& context);

/// Puts a finished image directory (with rootfs in it) in its place, at once. The image's lock is held.
/// @param staged on the file system of the images; if an image of that name was there, it is what stands
///        at `staged` afterwards.
/// @param replace whether an image may be there.
void publish_image(
    const ImageStore& store, const std::string& staged, const std::string& name, bool replace);

} // namespace imgbuild::images
