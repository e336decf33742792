// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/layered_root.hpp"

#include <memory>

namespace imgbuild::root {

/// Roots as plain directories: the stored layers are copied (cloned where the file system can) into one
/// directory, which is kept from stage to stage; the files that a stage changed are copied back into its
/// layer. Works everywhere, at the price of one copy of the root and, for each stage, a look at every file.
std::unique_ptr<LayerDriver> make_plain_driver(const store::Store& store);

} // namespace imgbuild::root
