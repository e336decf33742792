// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Which firmware of an image nobody in it asks for. Kernel modules say in their ".modinfo" which files they may
 * load (`modinfo -F firmware`); the rest is for hardware that these modules don't drive.
 */
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

/// A file or directory that could be left out.
struct UnneededFirmware {
    std::string path;
    std::uint64_t bytes = 0;
};

struct FirmwareUse {
    /// False if there are no modules, or one can't be read: then nothing can be said.
    bool is_known = false;
    /// Directories none of whose files is named, and single files, in the order of their paths. Small ones are not
    /// worth a line.
    std::vector<UnneededFirmware> unneeded;
};

/// @param inventory of what nodes get.
FirmwareUse find_unneeded_firmware(
    const root::Root& root, const tree::Inventory& inventory, const base::Context& context);

/// What a kernel module, or modules.builtin.modinfo, names: paths below the firmware's directory, which may be
/// patterns.
std::vector<std::string> firmware_named_in(std::string_view module);

} // namespace imgbuild::images
