// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace imgbuild::helpers {

/// The executable file that is every known helper: see main.cpp.
std::string_view program();

} // namespace imgbuild::helpers
