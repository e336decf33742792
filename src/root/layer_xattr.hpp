// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/layer_cursor.hpp"
#include "tree/inventory.hpp"

namespace imgbuild::root {

/// Gives what stands at the entry's path exactly the entry's extended attributes. The host's own
/// attributes (labels of a security module) are left as they are.
void set_image_xattrs(const tree::Entry& entry, DirectoryCursor& tree);

/// Removes what an overlay keeps for itself on the files of its upper directory.
void remove_overlay_xattrs(const tree::Entry& entry, DirectoryCursor& tree);

} // namespace imgbuild::root
