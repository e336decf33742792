// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "tree/inventory.hpp"

#include <string>
#include <vector>

namespace imgbuild::store {

/// Reads a layer's content and compares it with the inventory of its change.
/// @returns where they differ, as lines for people; none if the content is what it should be.
std::vector<std::string> differences_of_layer(
    const std::string& content_path, const tree::Inventory& change, const base::Context& context);

} // namespace imgbuild::store
