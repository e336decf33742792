// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "images/image_lock.hpp"
#include "images/image_store.hpp"

#include <string>

namespace imgbuild::images {

/// Completes what a killed process began to change in an image, and says so: a syncuser, the changes of
/// an atomic exec, mount points of a command. The image's exclusive lock is held.
void complete_interrupted(
    const ImageStore& store, const std::string& name, const base::Context& context);

/// Locks an image that exists, after completing what was interrupted.
/// @throws base::UsageError if there is no such image.
ImageLock lock_image(
    const ImageStore& store,
    const std::string& name,
    LockKind kind,
    const std::string& purpose,
    LockWait wait,
    const base::Context& context);

} // namespace imgbuild::images
