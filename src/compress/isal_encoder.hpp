// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/deflate_encoder.hpp"

namespace imgbuild::compress {

/// @param level 1 or 2. Level 3 is left out: its bytes depend on the processor.
std::unique_ptr<DeflateEncoder> make_isal_encoder(unsigned level);

} // namespace imgbuild::compress
