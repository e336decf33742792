// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The initrd of Warewulf's two-stage boot: a node loads kernel and initrd first, and the initrd fetches the
 * image. It is made by the image's own tool, dracut or initramfs-tools.
 */
#pragma once

#include "base/context.hpp"
#include "description/request.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <string>
#include <vector>

namespace imgbuild::build {

struct InitrdWishes {
    /// "dracut" or "initramfs-tools".
    std::string system;
    /// type/<initrd>
    std::vector<description::InitrdPart> parts;
    /// For files that would carry the time; 0: the present.
    std::int64_t epoch = 0;
};

/// Makes the initrd of the kernel that Warewulf serves, where it looks for it, and checks that all is in
/// it that the first stage calls.
/// @param mount_path of the root. @param inventory of the root, before.
/// @param scratch a private directory of the host.
/// @returns the initrd's path in the image.
/// @throws base::UsageError if the image lacks the tool, a kernel with modules, or programs that have to be
///         in the initrd; base::Error with exit code 4 if the tool fails, 5 if something is missing in
///         what it made.
std::string make_initrd(
    const std::string& mount_path,
    const root::Root& root,
    const tree::Inventory& inventory,
    const InitrdWishes& wishes,
    const std::string& scratch,
    const base::Context& context);

} // namespace imgbuild::build
