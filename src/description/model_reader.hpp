// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/model.hpp"
#include "xml/document.hpp"

namespace imgbuild::description {

/// The typed form of a document that is valid for the schema, and canonical. Never fails on such a document.
Model read_model(const xml::Document& document);

} // namespace imgbuild::description
