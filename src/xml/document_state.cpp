// SPDX-License-Identifier: Apache-2.0
#include "xml/document_state.hpp"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xmlschemastypes.h>

#include <cstdint>
#include <mutex>
#include <string>

namespace imgbuild::xml {

const ElementPlace* DocumentState::place(const xmlNode* node) const {
    // number_elements keeps the ordinal where libxml2 offers room for a pointer.
    const auto number = reinterpret_cast<std::uintptr_t>(node->_private);
    return number == 0 || number > places.elements.size() ? nullptr : &places.elements[number - 1];
}

base::Position DocumentState::position(const ElementPlace* place, Mark mark) const {
    const std::size_t file = place == nullptr ? 0 : place->file;
    return {places.files.at(file), mark.line, mark.column};
}

xmlNode* next_node(xmlNode* node, const xmlNode* top) {
    if (node->type != XML_ENTITY_REF_NODE && node->children != nullptr) {
        return node->children;
    }
    while (node != top && node->next == nullptr) {
        node = node->parent;
    }
    return node == top ? nullptr : node->next;
}

const xmlNode* next_node(const xmlNode* node, const xmlNode* top) {
    return next_node(const_cast<xmlNode*>(node), top);
}

void copy_numbers(const xmlNode* original, xmlNode* copy, std::size_t offset) {
    const xmlNode* from = original;
    for (xmlNode* node = copy; node != nullptr; node = next_node(node, copy)) {
        if (node->type == XML_ELEMENT_NODE) {
            const auto number = reinterpret_cast<std::uintptr_t>(from->_private);
            node->_private = reinterpret_cast<void*>(number + offset);
        }
        from = next_node(from, original);
    }
}

void number_elements(xmlDoc* tree) {
    std::uintptr_t number = 0;
    xmlNode* const root = xmlDocGetRootElement(tree);
    for (xmlNode* node = root; node != nullptr; node = next_node(node, root)) {
        if (node->type == XML_ELEMENT_NODE) {
            node->_private = reinterpret_cast<void*>(++number);
        }
    }
}

namespace {

void ignore(void*, const char*, ...) noexcept {}

} // namespace

void initialise_libxml() {
    static std::once_flag once;
    std::call_once(once, [] {
        xmlInitParser();
        // What libxml2 has no context for, such as a DOCTYPE that declares &lt; anew, it would print.
        xmlThrDefSetGenericErrorFunc(nullptr, ignore);
        xmlSetGenericErrorFunc(nullptr, ignore);
        xmlSchemaInitTypes();
        xmlRelaxNGInitTypes();
    });
}

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

Name expanded_name(const xmlNs* ns, const xmlChar* name) {
    return {ns == nullptr ? std::string_view() : view(ns->href), view(name)};
}

std::string qualified_name(const xmlNs* ns, const xmlChar* name) {
    if (ns == nullptr || ns->prefix == nullptr) {
        return std::string(view(name));
    }
    return std::string(view(ns->prefix)).append(":").append(view(name));
}

} // namespace imgbuild::xml
