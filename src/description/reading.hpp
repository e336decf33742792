// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/schema.hpp"

#include <string>

namespace imgbuild::description {

/// A file of a description, within the limits of what is read as XML.
std::string read_part(const std::string& path);

/// The schema of the description language; made once.
const xml::Schema& current_schema();

} // namespace imgbuild::description
