// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace imgbuild::build {

/// Adds a unit that makes SSH host keys at boot unless keys are there by then (Warewulf's win).
/// Does nothing in an image without ssh-keygen or systemd.
void add_ssh_key_unit(const root::Root& root);

/// Adds a list of the file capabilities of `inventory` and a unit that restores them at boot, since
/// the image format can't hold them. Does nothing in an image without setcap, systemd or capabilities.
void add_capability_unit(const root::Root& root, const tree::Inventory& inventory);

/// Path in the image of the list that `add_capability_unit` writes.
extern const std::string_view capability_list_path;

/// The files whose capabilities that unit restores at boot, by the list in the root.
std::set<std::string, std::less<>> restored_paths(const root::Root& root);

/// Text of a security.capability attribute as setcap(8) reads it: "cap_net_raw=ep".
/// Empty if the attribute is not one this program knows.
std::string capability_text(std::string_view attribute);

} // namespace imgbuild::build
