// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstddef>
#include <functional>
#include <span>

namespace imgbuild::images {

using WriteBytes = std::function<void(std::span<const std::byte> bytes)>;

/// Writes a root as a tar archive (POSIX 2001, "pax"), with all that the inventory has: owners, times to
/// the nanosecond, extended attributes, hard links, devices. The same root gives the same bytes. Sockets
/// are left out with a warning: no archive holds them.
/// @throws base::Error if a file is not what the inventory says.
void write_root_tar(
    const root::Root& root,
    const tree::Inventory& inventory,
    const WriteBytes& write,
    const base::Context& context);

} // namespace imgbuild::images
