// SPDX-License-Identifier: Apache-2.0
#include "xml/attribute_diagnosis.hpp"

#include "base/nearest_name.hpp"
#include "xml/codes.hpp"
#include "xml/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace imgbuild::xml {

namespace {

using Kind = Pattern::Kind;

std::string name_of(const xmlAttr* attribute) {
    return qualified_name(attribute->ns, attribute->name);
}

std::string_view owner_of(const xmlAttr* attribute) {
    return view(attribute->parent->name);
}

std::string value_of(const xmlAttr* attribute) {
    std::string text;
    for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
        text += view(part->content);
    }
    return text;
}

/// The attribute that the element lacks, if it is just one.
const Declaration* only_missing(const Pattern* rest) {
    const auto missing = required(rest, Kind::attribute);
    return missing.size() == 1 && missing.front().size() == 1 ? missing.front().front() : nullptr;
}

/// What stands in an attribute may be meant as the text of an element that is nothing but text.
std::string as_text(const xmlAttr* attribute, const Pattern* content) {
    const bool is_text = mentions(content, Kind::text) || mentions(content, Kind::data) ||
                         mentions(content, Kind::value);
    const xmlNode* const owner = attribute->parent;
    if (!is_text || owner->children != nullptr) {
        return {};
    }
    constexpr std::size_t longest = 40;
    const std::string value = value_of(attribute);
    return fmt::format(
        "write <{0}>{1}</{0}>", view(owner->name), value.size() > longest ? "…" : value);
}

/// How the attribute, or one of several, would be written.
std::string example(const std::vector<const Declaration*>& alternatives) {
    const Pattern* const content = alternatives.front()->content;
    std::string text;
    for (const Declaration* attribute : alternatives) {
        const bool is_word = attribute->content->kind == Kind::value;
        text += fmt::format(
            "{}{}=\"{}\"",
            text.empty() ? "add " : " or ",
            attribute->names.local,
            is_word ? attribute->content->value : "…");
    }
    const bool says_all =
        alternatives.size() > 1 || content->kind == Kind::value || content->kind == Kind::text;
    return sentences(text, says_all ? "" : expected_value(content, ""));
}

} // namespace

const Pattern* AttributeDiagnosis::check(const xmlNode* node, const Declaration& declared) {
    const Declarations known = declarations(declared.content, Kind::attribute);
    const Pattern* rest = declared.content;
    std::vector<std::pair<const xmlAttr*, Declarations>> taken;
    std::vector<const xmlAttr*> unknown_ones;
    for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
        const Declarations candidates = matching(known, expanded_name(attr->ns, attr->name));
        if (candidates.empty()) {
            unknown_ones.push_back(attr);
            continue;
        }
        Declarations accepted = check_value(attr, candidates);
        const Pattern* const after = pool_.after_attribute(rest, accepted);
        if (after->kind == Kind::not_allowed) {
            exclusive(attr, accepted, declared.content, taken);
            continue;
        }
        taken.emplace_back(attr, std::move(accepted));
        rest = after;
    }
    // Last, since a misspelt name can't mean an attribute that is given already.
    for (const xmlAttr* attr : unknown_ones) {
        rest = unknown(attr, rest, unknown_ones.size() == 1);
    }
    missing(node, rest);
    return rest;
}

/// @return the candidates that accept the value; all if none does, which is reported.
AttributeDiagnosis::Declarations
AttributeDiagnosis::check_value(const xmlAttr* attribute, const Declarations& candidates) {
    const std::string value = value_of(attribute);
    Declarations accepting;
    std::copy_if(
        candidates.begin(),
        candidates.end(),
        std::back_inserter(accepting),
        [&](const Declaration* candidate) { return accepts_value(candidate->content, value); });
    if (!accepting.empty()) {
        return accepting;
    }
    reporter_.at_value(
        code::bad_value,
        attribute,
        fmt::format(
            "{} is no value for the attribute {} of <{}>",
            quoted(value),
            name_of(attribute),
            owner_of(attribute)),
        expected_value(candidates.front()->content, value));
    return candidates;
}

/// @param is_only the element has no other unknown attribute.
/// @return what may stand beside the attribute that was probably meant.
const Pattern*
AttributeDiagnosis::unknown(const xmlAttr* attribute, const Pattern* rest, bool is_only) {
    const std::string name = name_of(attribute);
    const std::string_view owner = owner_of(attribute);
    const Declarations possible = declarations(rest, Kind::attribute);
    const std::vector<std::string_view> names = names_of(possible);
    const std::string near = base::did_you_mean(name, names);
    std::vector<std::string_view> owners = names_of(grammar_.owners_of(name));
    owners.erase(std::remove(owners.begin(), owners.end(), owner), owners.end());
    const std::string home = near.empty() && !owners.empty()
                                 ? fmt::format("it is an attribute of {}", element_list(owners))
                                 : std::string();
    const Declaration* meant = named(possible, surely_meant(name, names));
    const Declaration* const lacking = near.empty() && is_only ? only_missing(rest) : nullptr;
    std::string hint = names.empty() ? as_text(attribute, rest) : std::string();
    if (lacking != nullptr && accepts_value(lacking->content, value_of(attribute))) {
        // One mistake, one finding.
        meant = lacking;
        hint = fmt::format("did you mean {}, which <{}> lacks?", lacking->names.local, owner);
    }
    const std::string expected = names.empty() ? fmt::format("<{}> has no other attributes", owner)
                                               : fmt::format("here may stand {}", word_list(names));
    reporter_.at_attribute(
        code::unknown_attribute,
        attribute,
        fmt::format("unknown attribute {} of <{}>", name, owner),
        hint.empty() ? sentences(near, sentences(home, expected)) : hint);
    // Its value is judged once the name is right: one mistake, one finding.
    return meant == nullptr ? rest : pool_.after_attribute(rest, {meant});
}

void AttributeDiagnosis::exclusive(
    const xmlAttr* attribute,
    const Declarations& accepted,
    const Pattern* content,
    const std::vector<std::pair<const xmlAttr*, Declarations>>& taken) {
    const auto other = std::find_if(taken.begin(), taken.end(), [&](const auto& earlier) {
        const Pattern* const beside = pool_.after_attribute(content, earlier.second);
        return pool_.after_attribute(beside, accepted)->kind == Kind::not_allowed;
    });
    const std::string others =
        other == taken.end() ? "the attributes beside it" : name_of(other->first);
    base::Diagnostic& finding = reporter_.at_attribute(
        code::exclusive_attributes,
        attribute,
        fmt::format(
            "<{}> can't have both {} and {}", owner_of(attribute), name_of(attribute), others),
        "remove one of them");
    if (other != taken.end()) {
        finding.related = reporter_.position(other->first);
        finding.related_message = fmt::format("{} is here", others);
    }
}

void AttributeDiagnosis::missing(const xmlNode* node, const Pattern* rest) {
    for (const Declarations& alternatives : required(rest, Kind::attribute)) {
        reporter_.at_element(
            code::missing_attribute,
            node,
            fmt::format(
                "<{}> lacks the attribute {}", view(node->name), word_list(names_of(alternatives))),
            example(alternatives));
    }
}

} // namespace imgbuild::xml
