// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <string>

namespace imgbuild::root {

/// Makes the upper directory of an unmounted overlay the content of a layer: removes what was copied up
/// and not changed, makes whiteouts of what opaque directories hid, sets the times, removes the
/// overlay's own attributes.
/// @param found what the scan of the directory said. @param content what it has to be.
void make_content_of_upper(
    const std::string& upper, const tree::Inventory& found, const tree::Inventory& content);

} // namespace imgbuild::root
