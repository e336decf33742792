// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/document.hpp"

#include <functional>
#include <string>

namespace imgbuild::description {

/// Reads a file that is part of a description.
using FileReader = std::function<std::string(const std::string& path)>;

/// Replaces each <include> by what is in the outermost element of the file that it names, and so on
/// in that file. A file is "file://parts/users.xml" or just a path, relative to the description's
/// directory, which it can't leave. The <include> of a file that is not there stays.
/// @throws base::DescriptionError if a file lies outside, is no description, includes itself, or if
///         there are too many.
void expand_includes(xml::Document& document, const FileReader& read);

/// The path of the file that an <include> names.
std::string included_path(const std::string& directory, const std::string& from);

} // namespace imgbuild::description
