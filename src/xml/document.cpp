// SPDX-License-Identifier: Apache-2.0
#include "xml/document.hpp"

#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/document_state.hpp"
#include "xml/encoding.hpp"
#include "xml/parser.hpp"
#include "xml/scanner.hpp"

#include <fmt/format.h>

#include <new>
#include <utility>

namespace imgbuild::xml {

namespace {

xmlNode* node_of(void* node) {
    return static_cast<xmlNode*>(node);
}

/// xmlFree is a variable, so it can't be a template argument.
struct FreeText {
    void operator()(xmlChar* text) const noexcept { xmlFree(text); }
};

const xmlAttr* find_attribute(const xmlNode* node, std::string_view name) {
    for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
        if (qualified_name(attr->ns, attr->name) == name) {
            return attr;
        }
    }
    return nullptr;
}

/// Without copying where the value is one piece, which it nearly always is.
std::string value_of(const xmlAttr* attribute) {
    const xmlNode* const first = attribute->children;
    if (first == nullptr) {
        return {};
    }
    if (first->next == nullptr && first->type == XML_TEXT_NODE) {
        return std::string(view(first->content));
    }
    const std::unique_ptr<xmlChar, FreeText> value(xmlNodeListGetString(attribute->doc, first, 1));
    return std::string(view(value.get()));
}

void throw_if_any(std::vector<base::Diagnostic> errors) {
    if (!errors.empty()) {
        throw base::DescriptionError(std::move(errors));
    }
}

} // namespace

Document::Document(std::unique_ptr<DocumentState> state)
    : state_(std::move(state)) {}

Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::parse(std::string text, std::string file, const Limits& limits) {
    initialise_libxml();
    if (text.size() > limits.bytes) {
        throw_if_any({base::Diagnostic{
            .code = std::string(code::too_large),
            .message = fmt::format(
                "the file has more than the {} that are read of a description",
                base::format_bytes(limits.bytes)),
            .position = {file, 0, 0}}});
    }
    Decoded decoded = decode(std::move(text), file);
    throw_if_any(std::move(decoded.errors));
    Scan scanned = scan(decoded.text, file, limits);
    throw_if_any(std::move(scanned.errors));
    auto state = std::make_unique<DocumentState>();
    state->tree = parse_tree(decoded.text, file);
    state->places = std::move(scanned.places);
    number_elements(state->tree.get());
    return Document(std::move(state));
}

Element Document::root() const {
    return {this, xmlDocGetRootElement(state_->tree.get())};
}

const std::string& Document::file() const {
    return state_->places.files.front();
}

const std::vector<std::string>& Document::files() const {
    return state_->places.files;
}

void Document::replace(const Element& element, const Document& other) {
    const std::size_t first_element = state_->places.append(other.state_->places);
    xmlNode* const place = node_of(element.node_);
    const xmlNode* const from = xmlDocGetRootElement(other.state_->tree.get());
    for (xmlNode* child = from->children; child != nullptr; child = child->next) {
        if (child->type != XML_ELEMENT_NODE) {
            continue;
        }
        xmlNode* const copy = xmlDocCopyNode(child, state_->tree.get(), 1);
        if (copy == nullptr) {
            throw std::bad_alloc();
        }
        xmlAddPrevSibling(place, copy);
        copy_numbers(child, copy, first_element);
    }
    xmlUnlinkNode(place);
    xmlFreeNode(place);
}

std::string_view Element::name() const {
    return view(node_of(node_)->name);
}

base::Position Element::position() const {
    const DocumentState& state = *document_->state_;
    const ElementPlace* const place = state.place(node_of(node_));
    return state.position(place, place == nullptr ? Mark() : place->start);
}

std::optional<std::string> Element::attribute(std::string_view name) const {
    const xmlAttr* const found = find_attribute(node_of(node_), name);
    return found == nullptr ? std::nullopt : std::optional(value_of(found));
}

base::Position Element::attribute_position(std::string_view name) const {
    const DocumentState& state = *document_->state_;
    const ElementPlace* const place = state.place(node_of(node_));
    const AttributePlace* const attribute =
        place == nullptr ? nullptr : state.places.attribute(*place, name);
    return attribute == nullptr ? position() : state.position(place, attribute->name_mark);
}

std::vector<Attribute> Element::attributes() const {
    const DocumentState& state = *document_->state_;
    const ElementPlace* const element = state.place(node_of(node_));
    std::vector<Attribute> attributes;
    for (const xmlAttr* attr = node_of(node_)->properties; attr != nullptr; attr = attr->next) {
        Attribute attribute;
        attribute.name = qualified_name(attr->ns, attr->name);
        attribute.value = value_of(attr);
        attribute.position = position();
        attribute.value_position = attribute.position;
        const AttributePlace* const place =
            element == nullptr ? nullptr : state.places.attribute(*element, attribute.name);
        if (place != nullptr) {
            attribute.position = state.position(element, place->name_mark);
            attribute.value_position = state.position(element, place->value_mark);
            attribute.value_end_column =
                place->value_mark.line == place->value_end.line ? place->value_end.column - 1 : 0;
        }
        attributes.push_back(std::move(attribute));
    }
    return attributes;
}

std::vector<Element> Element::children() const {
    std::vector<Element> elements;
    for (xmlNode* child = node_of(node_)->children; child != nullptr; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            elements.push_back(Element(document_, child));
        }
    }
    return elements;
}

std::vector<Element> Element::children(std::string_view name) const {
    std::vector<Element> elements;
    for (xmlNode* child = node_of(node_)->children; child != nullptr; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && view(child->name) == name) {
            elements.push_back(Element(document_, child));
        }
    }
    return elements;
}

std::string Element::text() const {
    std::string text;
    for (const xmlNode* child = node_of(node_)->children; child != nullptr; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            text += view(child->content);
        }
    }
    return std::string(base::trim(text));
}

base::Position Element::text_position() const {
    const DocumentState& state = *document_->state_;
    const ElementPlace* const place = state.place(node_of(node_));
    return place == nullptr || place->text.line == 0 ? position()
                                                     : state.position(place, place->text);
}

} // namespace imgbuild::xml
