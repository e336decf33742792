// SPDX-License-Identifier: Apache-2.0
#include "helpers/program.hpp"

// As the linker calls what lies in the file.
extern "C" const char _binary_image_helper_start[]; // NOLINT(bugprone-reserved-identifier)
extern "C" const char _binary_image_helper_end[];   // NOLINT(bugprone-reserved-identifier)

namespace imgbuild::helpers {

std::string_view program() {
    return {_binary_image_helper_start, _binary_image_helper_end};
}

} // namespace imgbuild::helpers
