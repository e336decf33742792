// SPDX-License-Identifier: Apache-2.0
#include "xml/reporter.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::xml {

base::Diagnostic& Reporter::add(
    std::string_view code, const xmlNode* node, Mark mark, std::string message, std::string hint) {
    base::Diagnostic& finding = findings_.add(code, mark, std::move(message), std::move(hint));
    finding.position = document_.position(document_.place(node), mark);
    return finding;
}

const AttributePlace* Reporter::place_of(const xmlAttr* attribute) const {
    const ElementPlace* const place = document_.place(attribute->parent);
    return place == nullptr
               ? nullptr
               : document_.places.attribute(*place, qualified_name(attribute->ns, attribute->name));
}

/// The message speaks of the attribute by its current name, which the user never wrote.
void Reporter::explain_old_name(base::Diagnostic& finding, const AttributePlace& place) {
    if (!place.old_name.empty()) {
        finding.related = {finding.position.file, place.name_mark.line, place.name_mark.column};
        finding.related_message =
            fmt::format("{} is what {} was called before", place.old_name, place.name);
    }
}

base::Diagnostic& Reporter::at_element(
    std::string_view code, const xmlNode* node, std::string message, std::string hint) {
    const ElementPlace* const place = document_.place(node);
    const Mark mark = place == nullptr ? Mark() : place->start;
    base::Diagnostic& finding = add(code, node, mark, std::move(message), std::move(hint));
    if (place != nullptr && place->is_exact) {
        const std::string name = qualified_name(node->ns, node->name);
        finding.end_column = mark.column + static_cast<int>(character_count(name));
    }
    return finding;
}

base::Diagnostic& Reporter::at_attribute(
    std::string_view code, const xmlAttr* attribute, std::string message, std::string hint) {
    const AttributePlace* const place = place_of(attribute);
    if (place == nullptr) {
        return at_element(code, attribute->parent, std::move(message), std::move(hint));
    }
    const Mark mark = place->name_mark;
    base::Diagnostic& finding =
        add(code, attribute->parent, mark, std::move(message), std::move(hint));
    if (document_.place(attribute->parent)->is_exact) {
        const std::string& written = place->old_name.empty() ? place->name : place->old_name;
        finding.end_column = mark.column + static_cast<int>(character_count(written)) - 1;
    }
    explain_old_name(finding, *place);
    return finding;
}

base::Diagnostic& Reporter::at_value(
    std::string_view code, const xmlAttr* attribute, std::string message, std::string hint) {
    const AttributePlace* const place = place_of(attribute);
    if (place == nullptr) {
        return at_element(code, attribute->parent, std::move(message), std::move(hint));
    }
    const Mark mark = place->value_mark;
    base::Diagnostic& finding =
        add(code, attribute->parent, mark, std::move(message), std::move(hint));
    if (place->value_end.line == mark.line && place->value_end.column > mark.column) {
        finding.end_column = place->value_end.column - 1;
    }
    explain_old_name(finding, *place);
    return finding;
}

base::Diagnostic& Reporter::at_text(
    std::string_view code, const xmlNode* node, std::string message, std::string hint) {
    const ElementPlace* const place = document_.place(node);
    if (place == nullptr || place->text.line == 0) {
        return at_element(code, node, std::move(message), std::move(hint));
    }
    return add(code, node, place->text, std::move(message), std::move(hint));
}

base::Position Reporter::position(const xmlNode* node) const {
    const ElementPlace* const place = document_.place(node);
    return document_.position(place, place == nullptr ? Mark() : place->start);
}

base::Position Reporter::position(const xmlAttr* attribute) const {
    const AttributePlace* const place = place_of(attribute);
    return place == nullptr
               ? position(attribute->parent)
               : document_.position(document_.place(attribute->parent), place->name_mark);
}

} // namespace imgbuild::xml
