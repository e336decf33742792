// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/findings.hpp"
#include "description/model.hpp"
#include "description/request.hpp"
#include "description/selection.hpp"

namespace imgbuild::description {

/// What is left of a description for one selection. Merges sections as kiwi does: those without
/// profiles and those of selected ones, in the order of the description; of several <version>,
/// <packagemanager>, <release-version> and rpm settings the first counts, of several <locale>,
/// <keytable> and <timezone> the last. Reports what can't be met; the request is usable only if
/// nothing reported is an error.
Request narrow_model(const Model& model, const Selection& selection, Findings& findings);

} // namespace imgbuild::description
