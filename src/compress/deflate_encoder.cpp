// SPDX-License-Identifier: Apache-2.0
#include "compress/deflate_encoder.hpp"

#include "compress/isal_encoder.hpp"
#include "compress/libdeflate_encoder.hpp"

#include <fmt/format.h>
#include <isa-l.h>
#include <libdeflate.h>

namespace imgbuild::compress {

namespace {

// Chosen with tests/bench/pack, which also says what the next levels would cost.
constexpr unsigned fast_isal_level = 2;
constexpr int standard_libdeflate_level = 2;
constexpr int small_libdeflate_level = 7;

std::string libdeflate_name(int level) {
    return fmt::format("libdeflate-{}-{}", LIBDEFLATE_VERSION_STRING, level);
}

} // namespace

std::unique_ptr<DeflateEncoder> make_deflate_encoder(DeflateEffort effort) {
    switch (effort) {
    case DeflateEffort::fast:
        return make_isal_encoder(fast_isal_level);
    case DeflateEffort::standard:
        return make_libdeflate_encoder(standard_libdeflate_level);
    case DeflateEffort::small:
        break;
    }
    return make_libdeflate_encoder(small_libdeflate_level);
}

std::string deflate_encoder_name(DeflateEffort effort) {
    switch (effort) {
    case DeflateEffort::fast:
        return fmt::format(
            "isal-{}.{}.{}-{}",
            ISAL_MAJOR_VERSION,
            ISAL_MINOR_VERSION,
            ISAL_PATCH_VERSION,
            fast_isal_level);
    case DeflateEffort::standard:
        return libdeflate_name(standard_libdeflate_level);
    case DeflateEffort::small:
        break;
    }
    return libdeflate_name(small_libdeflate_level);
}

} // namespace imgbuild::compress
