// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The description language's schema, and the page about its messages, compiled into the program.
 */
#pragma once

#include <string_view>

namespace imgbuild::schema {

/// imgbuild.rng: RELAX NG in its XML syntax, for xml::Schema and for editors.
std::string_view rng();

/// imgbuild.rnc: the source, in the compact syntax.
std::string_view rnc();

/// docs/codes.md: what the codes of messages mean, a section each.
std::string_view codes_page();

} // namespace imgbuild::schema
