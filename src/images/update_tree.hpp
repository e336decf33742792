// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace imgbuild::images {

/// A directory that is a root as it stands, and that nobody changes while it is looked at.
struct SourceTree {
    std::string path;
    /// True for what is left out, by its path without leading slash; a directory with all that is in it.
    std::function<bool(std::string_view path)> leave_out;
};

/// What an image of the directory would be. Files that were read for an earlier update, and did not change
/// since, are not read again. Sockets, and devices that this process may not make, are left out (warnings
/// name them).
tree::Inventory inventory_of_source(
    const root::Root& source,
    const SourceTree& tree,
    const std::string& own_directory,
    const base::Context& context);

/// Makes the change durable in the image's own directory: from then on it is certain, `carry_over` does it.
/// Only files in the change are read.
/// @param after what the change leads to.
/// @throws base::SystemError if there is no room for the change and for carrying it over; then nothing is kept.
void keep_change(
    const root::Root& source,
    const tree::Inventory& change,
    const tree::Inventory& after,
    const std::string& own_directory,
    const base::Context& context);

} // namespace imgbuild::images
