// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::check {

/// A kernel of an image, as Warewulf looks for one.
struct Kernel {
    /// Path in the image, without leading slash.
    std::string path;
    /// What Warewulf reads from the path: "6.1.0-32"; empty if it reads nothing.
    std::string version;
    /// Name of its directory in /lib/modules: "6.1.0-32-cloud-amd64"; empty if there is none.
    std::string modules_version;
    /// A debug or rescue kernel: nodes get it only if they ask for it by name.
    bool is_special = false;
};

/// All kernels by Warewulf's rules: globs over /boot and /lib/modules. What nodes get comes first: ordinary
/// kernels before special ones, those with a version before those without, higher versions before lower ones.
std::vector<Kernel> find_kernels(const tree::Inventory& inventory);

/// The one that Warewulf serves if a node does not ask for another.
std::optional<Kernel> find_kernel(const tree::Inventory& inventory);

} // namespace imgbuild::check
