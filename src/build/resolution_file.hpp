// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"

#include <string>

namespace imgbuild::build {

/// Content of resolution.json: which indexes were used, which packages and container images were chosen,
/// with versions and digests, and why images were let in. Public URLs only; no credentials.
std::string resolution_to_json(const Inputs& inputs);

} // namespace imgbuild::build
