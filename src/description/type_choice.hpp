// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/findings.hpp"
#include "description/model.hpp"
#include "description/profiles.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::description {

/// The one type that imgbuild builds today.
constexpr std::string_view buildable_type = "warewulf";

/// The type that is meant: among those that count the wished one, or without a wish one that can be
/// built, else any; the primary one before the first. A description without a type that can be built
/// gets one if that is wished. Nothing, and reported, if there is none.
std::optional<TypeSection> choose_type(
    const Model& model, const Chooser& chooser, const std::string& wished, Findings& findings);

} // namespace imgbuild::description
