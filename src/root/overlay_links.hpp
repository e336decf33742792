// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Hard links and overlays. A write to a file of the layers below copies it up, under the one name that
 * was used; its other names still are the old file. Two ways keep them one file:
 *
 * - With the overlay's index (as root, where the file system has file handles) the kernel shows the
 *   changed file under all names; in the upper directory the other names are missing and are added
 *   when the layer is committed.
 * - Without (in a user namespace) all files with several names are copied up before the overlay is
 *   mounted, all names of a file together: what then happens to them happens as in any directory.
 */
#pragma once

#include "base/context.hpp"
#include "tree/inventory.hpp"

#include <string>
#include <vector>

namespace imgbuild::root {

/// Copies all files of `below` that have several names into the upper directory of an overlay.
/// @param lower the layers' content directories, topmost first.
void copy_up_linked_files(
    const tree::Inventory& below,
    const std::vector<std::string>& lower,
    const std::string& upper,
    const base::Context& context);

/// A name of the layers below that shows a file of the overlay's index.
struct MissingLink {
    /// Its name in the index.
    std::string index_name;
    std::string path;
};

/// What the upper directory lacks of the files in the index. Called while the overlay is mounted.
/// @param work the work directory of the mount (OverlayMount).
/// @param root the mounted root.
std::vector<MissingLink> missing_links(
    const tree::Inventory& below,
    const std::vector<std::string>& lower,
    const std::string& work,
    int root);

/// Adds them to the upper directory, with the directories above. Called when nothing is mounted.
void add_missing_links(
    const std::vector<MissingLink>& links,
    const tree::Inventory& below,
    const std::string& work,
    const base::Context& context);

} // namespace imgbuild::root
