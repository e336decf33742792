// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Changes in the user's own text. Where a stylesheet changed a few attributes, only these change in
 * the file: comments, order, indentation, quotes and entity references stay as they were written.
 */
#pragma once

#include "xml/document.hpp"

#include <string>
#include <string_view>

namespace imgbuild::xml {

/// The text of a file with the changes that lead from one document to another.
/// @param bytes of the file; the result is in the same encoding.
/// @param file which of the document's.
/// @param before what the file, perhaps with others, was read as.
/// @param after what `transform` made of it. Its elements may have other names, attributes and texts,
///        or be gone; none are new or have moved.
/// @throws base::DescriptionError if something must change that an entity brought.
std::string
rewrite(std::string bytes, const std::string& file, const Document& before, const Document& after);

/// The same text with another value of the outermost element's attribute, if it has it.
std::string set_root_attribute(std::string bytes, std::string_view name, std::string_view value);

} // namespace imgbuild::xml
