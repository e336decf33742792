// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <string>
#include <string_view>

namespace imgbuild::check {

/// What a process in the image would find at `path`: symbolic links are followed inside the root, as
/// many as Linux follows. @returns nullptr if there is nothing.
const tree::Entry* resolve(const tree::Inventory& inventory, std::string_view path);

} // namespace imgbuild::check
