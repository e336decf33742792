// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/findings.hpp"
#include "description/model.hpp"
#include "description/profiles.hpp"
#include "description/request.hpp"

#include <vector>

namespace imgbuild::description {

/// Puts what the <packages> sections that count say into the request. Those of other types are left
/// out, and noted.
void merge_packages(
    const Model& model, const Chooser& chooser, Request& request, Findings& findings);

/// Each name counts once, at its first place.
void add_name(NamedItem item, std::vector<NamedItem>& target);

} // namespace imgbuild::description
