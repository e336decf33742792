// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/deflate_encoder.hpp"

namespace imgbuild::compress {

/// @param level 1 to 12.
std::unique_ptr<DeflateEncoder> make_libdeflate_encoder(int level);

} // namespace imgbuild::compress
