// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/request.hpp"
#include "store/store.hpp"

#include <array>
#include <string_view>

namespace imgbuild::build {

/// Under which keys records say what the last build of an image had, the closest first: this description
/// with these profiles, then any build of an image of this name, such as that of another checkout.
/// @param of what of it, such as a stage.
std::array<store::Key, 2> last_build_keys(const description::Request& request, std::string_view of);

} // namespace imgbuild::build
