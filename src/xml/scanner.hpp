// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Our own reading of a document's text, beside libxml2's: it finds where everything stands, says
 * what is not well-formed in our own words and all at once, and refuses what is hostile before
 * libxml2 sees it. libxml2's verdict stays the one that counts.
 */
#pragma once

#include "base/diagnostic.hpp"
#include "xml/document.hpp"
#include "xml/places.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

struct Scan {
    Places places;
    /// In the order of the file.
    std::vector<base::Diagnostic> errors;
};

/// @param text UTF-8 without a byte order mark, as `decode` makes it.
/// @param file how positions name it.
Scan scan(std::string_view text, const std::string& file, const Limits& limits);

} // namespace imgbuild::xml
