// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a Document is made of. Only for the sources of this folder: libxml2's headers must not
 * reach anybody else.
 */
#pragma once

#include "base/deleter.hpp"
#include "base/position.hpp"
#include "xml/name.hpp"
#include "xml/places.hpp"

#include <libxml/tree.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace imgbuild::xml {

struct DocumentState {
    std::unique_ptr<xmlDoc, base::Deleter<xmlFreeDoc>> tree;
    Places places;

    /// Null for a node that stands in no file.
    const ElementPlace* place(const xmlNode* node) const;

    base::Position position(const ElementPlace* place, Mark mark) const;
};

/// Numbers the elements of the tree in document order, so that each finds its place.
void number_elements(xmlDoc* tree);

/// Gives the elements of `copy` the numbers of those of `original`, of which it is a copy, moved by
/// `offset`.
void copy_numbers(const xmlNode* original, xmlNode* copy, std::size_t offset);

/// The next node in document order below `top`, children first; null behind the last.
xmlNode* next_node(xmlNode* node, const xmlNode* top);
const xmlNode* next_node(const xmlNode* node, const xmlNode* top);

/// Prepares libxml2's tables, which are shared by all threads. Cheap after the first call.
void initialise_libxml();

std::string_view view(const xmlChar* text);

/// With its namespace.
Name expanded_name(const xmlNs* ns, const xmlChar* name);

/// "prefix:name", or the name alone.
std::string qualified_name(const xmlNs* ns, const xmlChar* name);

} // namespace imgbuild::xml
