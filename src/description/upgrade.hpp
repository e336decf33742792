// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "xml/document.hpp"

#include <vector>

namespace imgbuild::description {

/// Brings a document from the schema version that it states to the current one. What states no version
/// is returned as it is: the schema says what is wrong with it.
/// @throws base::DescriptionError for versions that are not known.
xml::Document upgrade(xml::Document document);

/// What the schema says about an upgraded document.
std::vector<base::Diagnostic> validate_current(const xml::Document& document);

/// Brings a valid document to the one form that the program works with: kiwi's <containers> become
/// <packages>.
xml::Document canonical(xml::Document document);

} // namespace imgbuild::description
