// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The description language's schema, compiled into the program.
 */
#pragma once

#include <string_view>

namespace imgbuild::schema {

/// imgbuild.rng: RELAX NG in its XML syntax, for xml::Schema and for editors.
std::string_view rng();

/// imgbuild.rnc: the source, in the compact syntax.
std::string_view rnc();

} // namespace imgbuild::schema
