// SPDX-License-Identifier: Apache-2.0
#include "xml/diagnosis.hpp"

#include "base/text.hpp"
#include "xml/attribute_diagnosis.hpp"
#include "xml/codes.hpp"
#include "xml/reporter.hpp"
#include "xml/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace imgbuild::xml {

namespace {

using Kind = Pattern::Kind;
using Declarations = std::vector<const Declaration*>;

constexpr std::string_view example_namespace = "https://example.org/inventory";

Name name_of(const xmlNode* node) {
    return expanded_name(node->ns, node->name);
}

std::string direct_text(const xmlNode* node) {
    std::string text;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            text += view(child->content);
        }
    }
    return text;
}

std::vector<const xmlNode*> child_elements(const xmlNode* node) {
    std::vector<const xmlNode*> elements;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            elements.push_back(child);
        }
    }
    return elements;
}

/// Whether the declared element knows the attributes and children of the node.
bool knows_parts(const Declaration& declared, const xmlNode* node) {
    const Declarations attributes = declarations(declared.content, Kind::attribute);
    for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
        if (matching(attributes, expanded_name(attr->ns, attr->name)).empty()) {
            return false;
        }
    }
    const Declarations children = declarations(declared.content, Kind::element);
    const std::vector<const xmlNode*> nodes = child_elements(node);
    return std::all_of(nodes.begin(), nodes.end(), [&](const xmlNode* child) {
        return !matching(children, name_of(child)).empty();
    });
}

class Diagnosis {
public:
    Diagnosis(const DocumentState& document, const Grammar& grammar)
        : document_(document)
        , grammar_(grammar)
        , reporter_(document)
        , attributes_(grammar, pool_, reporter_) {}

    std::vector<base::Diagnostic> run() {
        child(xmlDocGetRootElement(document_.tree.get()), nullptr, grammar_.start());
        return reporter_.take();
    }

private:
    /// @param parent null for the outermost element.
    /// @param pattern what may come at this place.
    /// @return what may come behind the element.
    const Pattern* child(const xmlNode* node, const xmlNode* parent, const Pattern* pattern) {
        const Name name = name_of(node);
        const Pattern* const after = pool_.after_element(pattern, name);
        if (after->kind == Kind::not_allowed) {
            return misfit(node, parent, pattern);
        }
        element(node, *matching(next_elements(pattern), name).front());
        return after;
    }

    /// An element that can't stand where it does.
    const Pattern* misfit(const xmlNode* node, const xmlNode* parent, const Pattern* pattern) {
        const Declarations possible = next_elements(pattern);
        if (needs_namespace(node, possible)) {
            report_no_namespace(node, parent);
            return pool_.after_element(pattern, {example_namespace, view(node->name)});
        }
        const Declaration* const same = named(possible, view(node->name));
        if (same != nullptr && node->ns != nullptr) {
            report_namespace(node);
            // At the outermost element it is most often that of all others.
            if (parent != nullptr) {
                element(node, *same);
            }
            return pool_.after_element(pattern, {same->names.ns, same->names.local});
        }
        const Declarations known = grammar_.elements_named(view(node->name));
        report_misfit(node, parent, names_of(possible), !known.empty());
        const Declaration* const meant =
            named(possible, surely_meant(view(node->name), names_of(possible)));
        const bool is_misspelt = meant != nullptr && (known.empty() || knows_parts(*meant, node));
        if (is_misspelt) {
            // It counts as the one that was meant: only the spelling is wrong, and what is inside.
            element(node, *meant);
            return pool_.after_element(pattern, {meant->names.ns, meant->names.local});
        }
        if (!known.empty()) {
            const auto best = std::find_if(known.begin(), known.end(), [&](const Declaration* d) {
                return knows_parts(*d, node);
            });
            element(node, best == known.end() ? *known.front() : **best);
        }
        return pattern;
    }

    /// Whether the element has no namespace where elements of any namespace may stand.
    static bool needs_namespace(const xmlNode* node, const Declarations& possible) {
        const bool has_none = node->ns == nullptr || view(node->ns->href).empty();
        return has_none && !matching(possible, {example_namespace, view(node->name)}).empty();
    }

    void report_no_namespace(const xmlNode* node, const xmlNode* parent) {
        reporter_.at_element(
            code::wrong_namespace,
            node,
            fmt::format(
                "<{}> inside <{}> is in no namespace", view(node->name), view(parent->name)),
            fmt::format(
                "say whose data it is, such as <{} xmlns=\"{}\">",
                view(node->name),
                example_namespace));
    }

    void report_namespace(const xmlNode* node) {
        const bool has_prefix = node->ns->prefix != nullptr;
        reporter_.at_element(
            code::wrong_namespace,
            node,
            fmt::format(
                "<{}> is in the namespace {}",
                qualified_name(node->ns, node->name),
                base::printable(view(node->ns->href))),
            fmt::format(
                "the elements of a description are in none: remove the {}",
                has_prefix ? "prefix" : "attribute xmlns"));
    }

    void report_misfit(
        const xmlNode* node,
        const xmlNode* parent,
        const std::vector<std::string_view>& expected,
        bool is_known) {
        const std::string_view name = view(node->name);
        const std::string here = parent == nullptr ? "as the outermost element"
                                                   : fmt::format("inside <{}>", view(parent->name));
        const std::string near = did_you_mean_element(name, expected);
        std::string list = fmt::format("here may stand {}", element_list(expected));
        if (expected.empty()) {
            list = "no element may stand there";
        } else if (expected.size() == 1 && !near.empty()) {
            list.clear();
        }
        if (!is_known) {
            reporter_.at_element(
                code::unknown_element,
                node,
                fmt::format("unknown element <{}> {}", qualified_name(node->ns, node->name), here),
                sentences(near, list));
            return;
        }
        const std::vector<std::string_view> parents = names_of(grammar_.parents_of(name));
        const bool is_parent_meant =
            named(grammar_.parents_of(name), surely_meant(name, expected)) != nullptr;
        const std::string home = parents.empty()
                                     ? "it is the outermost element"
                                     : fmt::format("it belongs inside {}", element_list(parents));
        reporter_.at_element(
            code::misplaced_element,
            node,
            fmt::format("<{}> can't stand {}", name, here),
            sentences(is_parent_meant ? "" : near, sentences(home, list)));
    }

    void element(const xmlNode* node, const Declaration& declared) {
        if (reporter_.is_full()) {
            return;
        }
        const Pattern* const inside = pool_.without_attributes(attributes_.check(node, declared));
        if (mentions(inside, Kind::data) || mentions(inside, Kind::value)) {
            value_content(node, inside);
        } else {
            element_content(node, declared, inside);
        }
    }

    /// The content is a value, such as a number.
    void value_content(const xmlNode* node, const Pattern* inside) {
        for (const xmlNode* part : child_elements(node)) {
            misfit(part, node, inside);
        }
        const std::string text = direct_text(node);
        if (accepts_value(inside, text)) {
            return;
        }
        const std::string what =
            base::trim(text).empty()
                ? fmt::format("<{}> is empty", view(node->name))
                : fmt::format("{} is no value for <{}>", quoted(text), view(node->name));
        reporter_.at_text(code::bad_value, node, what, expected_value(inside, text));
    }

    void element_content(const xmlNode* node, const Declaration& declared, const Pattern* inside) {
        const Declarations possible = declarations(declared.content, Kind::element);
        const Pattern* rest = inside;
        std::map<std::string_view, const xmlNode*> seen;
        for (const xmlNode* part : child_elements(node)) {
            const Name name = name_of(part);
            const xmlNode* const first = seen.emplace(name.local, part).first->second;
            const Declarations known = matching(possible, name);
            const bool may_stand = pool_.after_element(rest, name)->kind != Kind::not_allowed;
            if (may_stand || known.empty()) {
                rest = child(part, node, rest);
            } else {
                surplus(part, node, first);
                element(part, *known.front());
            }
        }
        missing(node, rest);
        const std::string text = direct_text(node);
        if (!mentions(inside, Kind::text) && !base::trim(text).empty()) {
            reporter_.at_text(
                code::unexpected_text,
                node,
                fmt::format("text {} directly inside <{}>", quoted(text), view(node->name)),
                possible.empty()
                    ? must_be_empty(node, declared, text)
                    : fmt::format("it holds only {}", element_list(names_of(possible))));
        }
    }

    /// What is written as text is most often meant as the attribute that is missing.
    static std::string
    must_be_empty(const xmlNode* node, const Declaration& declared, const std::string& text) {
        for (const Declarations& alternatives : required(declared.content, Kind::attribute)) {
            const std::string& name = alternatives.front()->names.local;
            if (xmlHasProp(node, reinterpret_cast<const xmlChar*>(name.c_str())) == nullptr) {
                return fmt::format("write <{} {}={}/>", view(node->name), name, quoted(text));
            }
        }
        return fmt::format("<{}> must be empty", view(node->name));
    }

    /// The parent may hold such an element, but not another one, or not at this place.
    void surplus(const xmlNode* node, const xmlNode* parent, const xmlNode* first) {
        if (first == node) {
            reporter_.at_element(
                code::misplaced_element,
                node,
                fmt::format(
                    "<{}> can't stand at this place of <{}>", view(node->name), view(parent->name)),
                "it does not go together with what stands in front of it");
            return;
        }
        base::Diagnostic& finding = reporter_.at_element(
            code::too_many_elements,
            node,
            fmt::format("another <{}> inside <{}>", view(node->name), view(parent->name)),
            "only one may stand there: remove one, or merge them");
        finding.related = reporter_.position(first);
        finding.related_message = "the first one is here";
    }

    void missing(const xmlNode* node, const Pattern* rest) {
        for (const Declarations& alternatives : required(rest, Kind::element)) {
            const std::vector<std::string_view> names = names_of(alternatives);
            const std::string list =
                names.empty() ? std::string("an element of another namespace")
                              : (names.size() > 1 ? "one of " : "") + element_list(names);
            reporter_.at_element(
                code::missing_element,
                node,
                fmt::format("<{}> lacks {}", view(node->name), list),
                fmt::format("add {} inside it", list));
        }
    }

    const DocumentState& document_;
    const Grammar& grammar_;
    Reporter reporter_;
    PatternPool pool_;
    AttributeDiagnosis attributes_;
};

} // namespace

std::vector<base::Diagnostic> diagnose(const DocumentState& document, const Grammar& grammar) {
    return Diagnosis(document, grammar).run();
}

} // namespace imgbuild::xml
