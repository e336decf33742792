// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compress/input_window.hpp"
#include "compress/stream_decoder.hpp"

#include <memory>

namespace imgbuild::compress {

/// @param input stands at the start of a zstd frame.
std::unique_ptr<StreamDecoder> make_zstd_decoder(InputWindow input);

} // namespace imgbuild::compress
