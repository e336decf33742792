// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/document.hpp"

namespace imgbuild::description {

/// Refuses a document whose image/@schemaversion is not the current one. A document that has none, or
/// another root element, is left to the schema, which says it better.
/// @throws base::DescriptionError
void require_current_version(const xml::Document& document);

} // namespace imgbuild::description
