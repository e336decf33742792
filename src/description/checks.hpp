// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What the schema can't say. Each function reports everything it finds.
 */
#pragma once

#include "description/findings.hpp"
#include "description/model.hpp"
#include "description/request.hpp"

#include <string_view>

namespace imgbuild::description {

/// What is wrong whatever is chosen.
void check_model(const Model& model, Findings& findings);

/// Containers in <packages> that take none.
void check_container_sections(const Model& model, Findings& findings);

/// What is wrong with one choice; looks at files beside the description.
void check_request(const Request& request, Findings& findings);

/// Single values, before they are merged.
void check_version(const NamedItem& version, Findings& findings);
void check_timezone(const NamedItem& timezone, Findings& findings);
void check_keytable(const NamedItem& keytable, Findings& findings);

/// The parts of check_request.
void check_packages(const Request& request, Findings& findings);
void check_users(const Request& request, Findings& findings);
void check_repositories(const Request& request, Findings& findings);
void check_values(const Request& request, Findings& findings);
void check_sources(const Request& request, Findings& findings);
void check_containers(const Request& request, Findings& findings);

/// A path that has a meaning inside a build farm, or on a medium: valid, and not fetched from here.
bool is_farm_path(std::string_view path);

} // namespace imgbuild::description
