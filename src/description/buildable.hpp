// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/request.hpp"

namespace imgbuild::description {

/// Refuses what is a valid wish and can't be built by this version, each with its place. `validate`
/// takes such descriptions, `build` does not.
/// @throws base::DescriptionError with all of it.
void check_buildable(const Request& request);

} // namespace imgbuild::description
