// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace imgbuild::tree {

/// Whether an extended attribute is a part of an image. Not: `security.selinux` (the host's labels),
/// what an overlay keeps for itself, and `trusted.*`, which an ordinary user can neither see nor make;
/// a root made by root would differ from one made by a user.
bool belongs_to_image(std::string_view attribute);

} // namespace imgbuild::tree
