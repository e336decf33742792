// SPDX-License-Identifier: Apache-2.0
#include "xml/diagnosis.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/findings.hpp"
#include "xml/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace imgbuild::xml {

namespace {

using Kind = Pattern::Kind;

Name name_of(const xmlNode* node) {
    return {node->ns == nullptr ? std::string_view() : view(node->ns->href), view(node->name)};
}

Name name_of(const xmlAttr* attribute) {
    return {
        attribute->ns == nullptr ? std::string_view() : view(attribute->ns->href),
        view(attribute->name)};
}

bool is_text(const xmlNode* node) {
    return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

std::string direct_text(const xmlNode* node) {
    std::string text;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (is_text(child)) {
            text += view(child->content);
        }
    }
    return text;
}

std::string value_of(const xmlAttr* attribute) {
    std::string text;
    for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
        text += view(part->content);
    }
    return text;
}

std::vector<const Declaration*>
matching(const std::vector<const Declaration*>& declarations, Name name) {
    std::vector<const Declaration*> found;
    std::copy_if(
        declarations.begin(), declarations.end(), std::back_inserter(found), [&](const auto* d) {
            return d->names.contains(name);
        });
    return found;
}

/// The declaration whose fixed name this is; null if there is none.
const Declaration*
named(const std::vector<const Declaration*>& declarations, std::string_view name) {
    const auto found = std::find_if(declarations.begin(), declarations.end(), [&](const auto* d) {
        return !name.empty() && d->names.local == name;
    });
    return found == declarations.end() ? nullptr : *found;
}

class Diagnosis {
public:
    Diagnosis(const DocumentState& document, const Grammar& grammar)
        : document_(document)
        , grammar_(grammar)
        , findings_(document.places.files.front()) {}

    std::vector<base::Diagnostic> run() {
        const xmlNode* const root = xmlDocGetRootElement(document_.tree.get());
        child(root, nullptr, grammar_.start());
        return findings_.take();
    }

private:
    // Places -----------------------------------------------------------------------------------

    base::Diagnostic&
    add(std::string_view code,
        const xmlNode* node,
        Mark mark,
        std::string message,
        std::string hint) {
        base::Diagnostic& finding = findings_.add(code, mark, std::move(message), std::move(hint));
        finding.position = document_.position(document_.place(node), mark);
        return finding;
    }

    /// At the start tag.
    base::Diagnostic&
    add_at(std::string_view code, const xmlNode* node, std::string message, std::string hint) {
        const ElementPlace* const place = document_.place(node);
        const Mark mark = place == nullptr ? Mark() : place->start;
        base::Diagnostic& finding = add(code, node, mark, std::move(message), std::move(hint));
        if (place != nullptr && place->is_exact) {
            const std::string name = qualified_name(node->ns, node->name);
            finding.end_column = mark.column + static_cast<int>(character_count(name));
        }
        return finding;
    }

    const AttributePlace* place_of(const xmlNode* node, const xmlAttr* attribute) const {
        const ElementPlace* const place = document_.place(node);
        return place == nullptr ? nullptr
                                : document_.places.attribute(
                                      *place, qualified_name(attribute->ns, attribute->name));
    }

    /// At an attribute's name.
    base::Diagnostic& add_at(
        std::string_view code,
        const xmlNode* node,
        const xmlAttr* attribute,
        std::string message,
        std::string hint) {
        const AttributePlace* const place = place_of(node, attribute);
        if (place == nullptr) {
            return add_at(code, node, std::move(message), std::move(hint));
        }
        base::Diagnostic& finding =
            add(code, node, place->name_mark, std::move(message), std::move(hint));
        if (document_.place(node)->is_exact) {
            finding.end_column =
                place->name_mark.column + static_cast<int>(character_count(place->name)) - 1;
        }
        return finding;
    }

    /// At an attribute's value.
    void add_at_value(
        const xmlNode* node, const xmlAttr* attribute, std::string message, std::string hint) {
        const AttributePlace* const place = place_of(node, attribute);
        if (place == nullptr) {
            add_at(code::bad_value, node, std::move(message), std::move(hint));
            return;
        }
        const Mark mark = place->value_mark;
        base::Diagnostic& finding =
            add(code::bad_value, node, mark, std::move(message), std::move(hint));
        if (place->value_end.line == mark.line && place->value_end.column > mark.column) {
            finding.end_column = place->value_end.column - 1;
        }
    }

    /// At the text directly inside an element.
    void
    add_at_text(std::string_view code, const xmlNode* node, std::string message, std::string hint) {
        const ElementPlace* const place = document_.place(node);
        if (place == nullptr || place->text.line == 0) {
            add_at(code, node, std::move(message), std::move(hint));
        } else {
            add(code, node, place->text, std::move(message), std::move(hint));
        }
    }

    // Elements ---------------------------------------------------------------------------------

    /// An element that matches none of what its parent may hold at this place.
    struct Misfit {
        const xmlNode* node;
        const xmlNode* parent;
        /// What may come at this place.
        std::vector<std::string_view> expected;
        /// All that the parent may ever hold.
        std::vector<const Declaration*> possible;
    };

    /// @param parent null for the outermost element.
    /// @param pattern what may come at this place.
    /// @return what may come behind the element.
    const Pattern* child(const xmlNode* node, const xmlNode* parent, const Pattern* pattern) {
        const Name name = name_of(node);
        const Pattern* const after = pool_.after_element(pattern, name);
        if (after->kind != Kind::not_allowed) {
            element(node, *matching(next_elements(pattern), name).front());
            return after;
        }
        Misfit misfit{
            node, parent, names_of(next_elements(pattern)), declarations(pattern, Kind::element)};
        return misplaced(misfit, pattern);
    }

    const Pattern* misplaced(const Misfit& misfit, const Pattern* pattern) {
        const Name name = name_of(misfit.node);
        const std::string meant = surely_meant(name.local, misfit.expected);
        const bool is_known = !grammar_.elements_named(name.local).empty();
        report_misplaced(misfit, name.local, is_known);
        if (!meant.empty()) {
            // A misspelt element counts as the one that was meant, so that only the spelling is
            // reported, and what is wrong inside of it.
            const Declaration* const declaration = named(next_elements(pattern), meant);
            const bool is_other_element = is_known && !fits(misfit.node, *declaration);
            if (!is_other_element) {
                element(misfit.node, *declaration);
                return pool_.after_element(pattern, {declaration->names.ns, meant});
            }
        }
        if (is_known) {
            element(misfit.node, *grammar_.elements_named(name.local).front());
        }
        return pattern;
    }

    /// Whether the node's attributes and children are known to the declared element.
    bool fits(const xmlNode* node, const Declaration& declared) {
        const auto attributes = declarations(declared.content, Kind::attribute);
        for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
            if (matching(attributes, name_of(attr)).empty()) {
                return false;
            }
        }
        const auto children = declarations(declared.content, Kind::element);
        for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
            if (part->type == XML_ELEMENT_NODE && matching(children, name_of(part)).empty()) {
                return false;
            }
        }
        return true;
    }

    void report_misplaced(const Misfit& misfit, std::string_view name, bool is_known) {
        const std::string here = misfit.parent == nullptr
                                     ? "as the outermost element"
                                     : fmt::format("inside <{}>", view(misfit.parent->name));
        const std::string near = did_you_mean_element(name, misfit.expected);
        const std::string expected =
            misfit.expected.empty()
                ? fmt::format("no element may stand {}", misfit.parent == nullptr ? "here" : here)
                : fmt::format("here may stand {}", element_list(misfit.expected));
        if (!is_known) {
            add_at(
                code::unknown_element,
                misfit.node,
                fmt::format("unknown element <{}> {}", name, here),
                sentences(near, expected));
            return;
        }
        const std::vector<const Declaration*> parents = grammar_.parents_of(name);
        const std::string home =
            parents.empty() ? "it is the outermost element of a description"
                            : fmt::format("it belongs inside {}", element_list(names_of(parents)));
        add_at(
            code::misplaced_element,
            misfit.node,
            fmt::format("<{}> can't stand {}", name, here),
            sentences(near, sentences(home, expected)));
    }

    void element(const xmlNode* node, const Declaration& declared) {
        if (findings_.is_full()) {
            return;
        }
        const Pattern* const rest = attributes(node, declared);
        const Pattern* const inside = pool_.without_attributes(rest);
        const bool has_value = mentions(inside, Kind::data) || mentions(inside, Kind::value);
        if (has_value) {
            value_content(node, inside);
        } else {
            element_content(node, declared, inside);
        }
    }

    /// The content is a value, such as a number.
    void value_content(const xmlNode* node, const Pattern* inside) {
        for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
            if (part->type == XML_ELEMENT_NODE) {
                misplaced({part, node, {}, {}}, inside);
            }
        }
        const std::string text = direct_text(node);
        if (!accepts_value(inside, text)) {
            const bool is_blank_text = base::trim(text).empty();
            add_at_text(
                code::bad_value,
                node,
                is_blank_text
                    ? fmt::format("<{}> is empty", view(node->name))
                    : fmt::format("{} is no value for <{}>", quoted(text), view(node->name)),
                expected_value(inside, text));
        }
    }

    void element_content(const xmlNode* node, const Declaration& declared, const Pattern* inside) {
        const auto possible = declarations(declared.content, Kind::element);
        const Pattern* rest = inside;
        std::map<std::string_view, const xmlNode*> seen;
        for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
            if (part->type != XML_ELEMENT_NODE) {
                continue;
            }
            const Name name = name_of(part);
            const auto [first, is_first] = seen.emplace(name.local, part);
            const auto known = matching(possible, name);
            const bool may_stand = pool_.after_element(rest, name)->kind != Kind::not_allowed;
            if (!may_stand && !known.empty()) {
                surplus(part, node, is_first ? nullptr : first->second);
                element(part, *known.front());
                continue;
            }
            rest = child(part, node, rest);
        }
        missing_elements(node, rest);
        const std::string text = direct_text(node);
        if (!mentions(inside, Kind::text) && !base::trim(text).empty()) {
            add_at_text(
                code::unexpected_text,
                node,
                fmt::format("text {} directly inside <{}>", quoted(text), view(node->name)),
                possible.empty() ? fmt::format("<{}> must be empty", view(node->name))
                                 : fmt::format("it may hold {}", element_list(names_of(possible))));
        }
    }

    /// The parent may hold such an element, but not another one, or not at this place.
    void surplus(const xmlNode* node, const xmlNode* parent, const xmlNode* first) {
        if (first == nullptr) {
            add_at(
                code::misplaced_element,
                node,
                fmt::format(
                    "<{}> can't stand at this place of <{}>", view(node->name), view(parent->name)),
                "it does not go together with what stands in front of it");
            return;
        }
        base::Diagnostic& finding = add_at(
            code::too_many_elements,
            node,
            fmt::format("another <{}> inside <{}>", view(node->name), view(parent->name)),
            "only one may stand there: remove one, or merge them");
        const ElementPlace* const place = document_.place(first);
        finding.related = document_.position(place, place == nullptr ? Mark() : place->start);
        finding.related_message = "the first one is here";
    }

    void missing_elements(const xmlNode* node, const Pattern* rest) {
        for (const auto& alternatives : required(rest, Kind::element)) {
            const std::vector<std::string_view> names = names_of(alternatives);
            if (rest->is_nullable) {
                return;
            }
            const std::string list = names.empty() ? "an element" : element_list(names);
            add_at(
                code::missing_element,
                node,
                fmt::format(
                    "<{}> lacks {}{}", view(node->name), names.size() > 1 ? "one of " : "", list),
                fmt::format("add {} inside it", names.size() > 1 ? "one" : list));
        }
    }

    // Attributes -------------------------------------------------------------------------------

    /// @return what may stand inside the element.
    const Pattern* attributes(const xmlNode* node, const Declaration& declared) {
        const auto known = declarations(declared.content, Kind::attribute);
        const Pattern* rest = declared.content;
        std::vector<std::pair<const xmlAttr*, std::vector<const Declaration*>>> taken;
        std::vector<const xmlAttr*> unknown;
        for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
            const auto candidates = matching(known, name_of(attr));
            if (candidates.empty()) {
                unknown.push_back(attr);
                continue;
            }
            const auto accepted = check_value(node, attr, candidates);
            const Pattern* const after = pool_.after_attribute(rest, accepted);
            if (after->kind == Kind::not_allowed) {
                exclusive(node, attr, accepted, declared, taken);
                continue;
            }
            taken.emplace_back(attr, accepted);
            rest = after;
        }
        for (const xmlAttr* attr : unknown) {
            rest = unknown_attribute(node, attr, rest);
        }
        missing_attributes(node, rest);
        return rest;
    }

    /// Reports a bad value.
    /// @return the candidates that accept it; all if none does.
    std::vector<const Declaration*> check_value(
        const xmlNode* node,
        const xmlAttr* attribute,
        const std::vector<const Declaration*>& candidates) {
        const std::string value = value_of(attribute);
        std::vector<const Declaration*> accepting;
        for (const Declaration* candidate : candidates) {
            if (accepts_value(candidate->content, value)) {
                accepting.push_back(candidate);
            }
        }
        if (!accepting.empty()) {
            return accepting;
        }
        add_at_value(
            node,
            attribute,
            fmt::format(
                "{} is no value for the attribute {} of <{}>",
                quoted(value),
                qualified_name(attribute->ns, attribute->name),
                view(node->name)),
            expected_value(candidates.front()->content, value));
        return candidates;
    }

    const Pattern*
    unknown_attribute(const xmlNode* node, const xmlAttr* attribute, const Pattern* rest) {
        const std::string name = qualified_name(attribute->ns, attribute->name);
        const auto possible = declarations(rest, Kind::attribute);
        const std::vector<std::string_view> names = names_of(possible);
        const std::string near = base::did_you_mean(name, names);
        const auto owners = grammar_.owners_of(name);
        std::string rest_of_hint;
        if (near.empty() && !owners.empty()) {
            rest_of_hint = fmt::format("it is an attribute of {}", element_list(names_of(owners)));
        }
        rest_of_hint = sentences(
            rest_of_hint,
            names.empty() ? fmt::format("<{}> has no more attributes", view(node->name))
                          : fmt::format("here may stand {}", word_list(names)));
        add_at(
            code::unknown_attribute,
            node,
            attribute,
            fmt::format("unknown attribute {} of <{}>", name, view(node->name)),
            sentences(near, rest_of_hint));
        const Declaration* const meant = named(possible, surely_meant(name, names));
        return meant == nullptr
                   ? rest
                   : pool_.after_attribute(rest, check_value(node, attribute, {meant}));
    }

    void exclusive(
        const xmlNode* node,
        const xmlAttr* attribute,
        const std::vector<const Declaration*>& accepted,
        const Declaration& declared,
        const std::vector<std::pair<const xmlAttr*, std::vector<const Declaration*>>>& taken) {
        const std::string name = qualified_name(attribute->ns, attribute->name);
        for (const auto& [other, accepted_other] : taken) {
            const Pattern* const beside = pool_.after_attribute(declared.content, accepted_other);
            if (pool_.after_attribute(beside, accepted)->kind != Kind::not_allowed) {
                continue;
            }
            const std::string other_name = qualified_name(other->ns, other->name);
            base::Diagnostic& finding = add_at(
                code::exclusive_attributes,
                node,
                attribute,
                fmt::format("<{}> can't have both {} and {}", view(node->name), other_name, name),
                "remove one of them");
            const AttributePlace* const place = place_of(node, other);
            if (place != nullptr) {
                finding.related = document_.position(document_.place(node), place->name_mark);
                finding.related_message = fmt::format("{} is here", other_name);
            }
            return;
        }
        add_at(
            code::exclusive_attributes,
            node,
            attribute,
            fmt::format(
                "the attribute {} does not go together with the others of <{}>",
                name,
                view(node->name)),
            "remove one of them");
    }

    void missing_attributes(const xmlNode* node, const Pattern* rest) {
        for (const auto& alternatives : required(rest, Kind::attribute)) {
            const std::vector<std::string_view> names = names_of(alternatives);
            const std::string list = word_list(names);
            add_at(
                code::missing_attribute,
                node,
                fmt::format("<{}> lacks the attribute {}", view(node->name), list),
                example(*alternatives.front()));
        }
    }

    static std::string example(const Declaration& attribute) {
        const Pattern* const content = attribute.content;
        if (content->kind == Kind::value) {
            return fmt::format("add {}=\"{}\"", attribute.names.local, content->value);
        }
        const std::string form = content->kind == Kind::text ? "" : expected_value(content, "");
        return sentences(fmt::format("add {}=\"…\"", attribute.names.local), form);
    }

    const DocumentState& document_;
    const Grammar& grammar_;
    Findings findings_;
    PatternPool pool_;
};

} // namespace

std::vector<base::Diagnostic> diagnose(const DocumentState& document, const Grammar& grammar) {
    return Diagnosis(document, grammar).run();
}

} // namespace imgbuild::xml
