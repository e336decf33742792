// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "xml/document_state.hpp"
#include "xml/grammar.hpp"

#include <vector>

namespace imgbuild::xml {

/// What is wrong with a document by that grammar, all at once, in the order of the file. A broken
/// element does not hide what follows it: it is taken as what it probably was meant to be, or left
/// out. For the sources of this folder only.
std::vector<base::Diagnostic> diagnose(const DocumentState& document, const Grammar& grammar);

} // namespace imgbuild::xml
