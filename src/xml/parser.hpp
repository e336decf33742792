// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/deleter.hpp"

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>

namespace imgbuild::xml {

using Tree = std::unique_ptr<xmlDoc, base::Deleter<xmlFreeDoc>>;

/// libxml2's tree of a document whose scan found nothing wrong. Entities are replaced by what they
/// stand for; nothing outside the text is read. For the sources of this folder only.
/// @throws base::DescriptionError if libxml2 finds something that the scan does not look for.
Tree parse_tree(std::string_view text, const std::string& file);

} // namespace imgbuild::xml
