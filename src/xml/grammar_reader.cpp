// SPDX-License-Identifier: Apache-2.0
#include "xml/grammar_reader.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "xml/document_state.hpp"

#include <fmt/format.h>

#include <memory>

namespace imgbuild::xml {

namespace {

constexpr std::string_view relax_ng = "http://relaxng.org/ns/structure/1.0";
constexpr std::string_view annotations = "http://relaxng.org/ns/compatibility/annotations/1.0";

bool is_in(const xmlNode* node, std::string_view ns) {
    return node->type == XML_ELEMENT_NODE && node->ns != nullptr && view(node->ns->href) == ns;
}

/// The children that are RELAX NG, not annotations.
std::vector<const xmlNode*> parts(const xmlNode* parent) {
    std::vector<const xmlNode*> found;
    for (const xmlNode* child = parent->children; child != nullptr; child = child->next) {
        if (is_in(child, relax_ng)) {
            found.push_back(child);
        }
    }
    return found;
}

std::string attribute(const xmlNode* node, std::string_view name) {
    for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
        if (attr->ns == nullptr && view(attr->name) == name && attr->children != nullptr) {
            return std::string(base::trim(view(attr->children->content)));
        }
    }
    return {};
}

/// The nearest one around the node.
std::string inherited_attribute(const xmlNode* node, std::string_view name) {
    std::string value;
    while (node != nullptr && node->type == XML_ELEMENT_NODE && value.empty()) {
        value = attribute(node, name);
        node = node->parent;
    }
    return value;
}

std::string content(const xmlNode* node) {
    std::string text;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            text += view(child->content);
        }
    }
    return text;
}

/// What the schema says about the node, in one line.
std::string documentation(const xmlNode* node) {
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (is_in(child, annotations)) {
            return collapse_blanks(content(child));
        }
    }
    return {};
}

} // namespace

std::unique_ptr<const Grammar> read_grammar(const xmlDoc& rng) {
    auto grammar = std::make_unique<Grammar>();
    GrammarReader(*grammar).read(xmlDocGetRootElement(&rng));
    return grammar;
}

void GrammarReader::read(const xmlNode* root) {
    if (view(root->name) == "grammar") {
        definitions(root);
    } else {
        grammar_.start_ = pattern(root);
    }
    while (!waiting_.empty()) {
        const auto [declaration, node] = waiting_.back();
        waiting_.pop_back();
        const bool has_name_attribute = !attribute(node, "name").empty();
        const Pattern* const inside =
            operands(node, &PatternPool::group, has_name_attribute ? 0 : 1);
        const bool is_bare_attribute =
            view(node->name) == "attribute" && parts(node).size() == (has_name_attribute ? 0 : 1);
        declaration->content = is_bare_attribute ? PatternPool::text() : inside;
    }
    grammar_.make_indexes();
}

void GrammarReader::definitions(const xmlNode* grammar) {
    std::vector<const xmlNode*> starts;
    for (const xmlNode* part : parts(grammar)) {
        if (view(part->name) == "start") {
            starts.push_back(part);
        } else if (view(part->name) == "define") {
            definitions_[attribute(part, "name")].push_back(part);
        } else {
            throw base::Error(
                fmt::format("the schema's <{}> can't be read by messages", view(part->name)));
        }
    }
    grammar_.start_ = combined(starts);
}

const Pattern* GrammarReader::combined(const std::vector<const xmlNode*>& definitions) {
    const Pattern* whole = nullptr;
    bool is_interleave = false;
    for (const xmlNode* definition : definitions) {
        is_interleave = is_interleave || attribute(definition, "combine") == "interleave";
    }
    for (const xmlNode* definition : definitions) {
        const Pattern* const part = operands(definition, &PatternPool::group);
        if (whole == nullptr) {
            whole = part;
        } else {
            whole = is_interleave ? grammar_.pool_.interleave(whole, part)
                                  : grammar_.pool_.choice(whole, part);
        }
    }
    return whole == nullptr ? PatternPool::not_allowed() : whole;
}

const Pattern* GrammarReader::reference(const xmlNode* node) {
    const std::string name = attribute(node, "name");
    const auto known = read_.find(name);
    if (known != read_.end()) {
        return known->second;
    }
    const Pattern* const whole = combined(definitions_[name]);
    read_.emplace(name, whole);
    return whole;
}

const Pattern* GrammarReader::pattern(const xmlNode* node) {
    PatternPool& pool = grammar_.pool_;
    const std::string_view kind = view(node->name);
    if (kind == "ref") {
        return reference(node);
    }
    if (kind == "element") {
        return named(node, Pattern::Kind::element);
    }
    if (kind == "attribute") {
        return named(node, Pattern::Kind::attribute);
    }
    if (kind == "group") {
        return operands(node, &PatternPool::group);
    }
    if (kind == "interleave") {
        return operands(node, &PatternPool::interleave);
    }
    if (kind == "choice") {
        return operands(node, &PatternPool::choice);
    }
    if (kind == "optional") {
        return pool.choice(operands(node, &PatternPool::group), PatternPool::empty());
    }
    if (kind == "oneOrMore") {
        return pool.one_or_more(operands(node, &PatternPool::group));
    }
    if (kind == "zeroOrMore") {
        return pool.zero_or_more(operands(node, &PatternPool::group));
    }
    if (kind == "mixed") {
        return pool.interleave(operands(node, &PatternPool::group), PatternPool::text());
    }
    if (kind == "empty") {
        return PatternPool::empty();
    }
    if (kind == "notAllowed") {
        return PatternPool::not_allowed();
    }
    if (kind == "text") {
        return PatternPool::text();
    }
    if (kind == "data") {
        return data(node);
    }
    if (kind == "value") {
        return value(node);
    }
    throw base::Error(fmt::format("the schema's <{}> can't be read by messages", kind));
}

const Pattern*
GrammarReader::operands(const xmlNode* parent, Combine combine, std::size_t skipped) {
    const std::vector<const xmlNode*> nodes = parts(parent);
    const Pattern* whole = nullptr;
    for (std::size_t i = skipped; i < nodes.size(); ++i) {
        const Pattern* const part = pattern(nodes[i]);
        whole = whole == nullptr ? part : (grammar_.pool_.*combine)(whole, part);
    }
    return whole == nullptr ? PatternPool::empty() : whole;
}

const Pattern* GrammarReader::named(const xmlNode* node, Pattern::Kind kind) {
    Declaration& declaration = grammar_.declarations_.emplace_back();
    const std::string name = attribute(node, "name");
    if (name.empty()) {
        declaration.names = name_class(parts(node).at(0));
    } else {
        declaration.names.local = name;
        const std::size_t colon = name.find(':');
        if (colon != std::string::npos) {
            const std::string prefix = name.substr(0, colon);
            const xmlNs* const ns = xmlSearchNs(
                node->doc,
                const_cast<xmlNode*>(node),
                reinterpret_cast<const xmlChar*>(prefix.c_str()));
            declaration.names.ns = ns == nullptr ? std::string() : std::string(view(ns->href));
            declaration.names.local = name.substr(colon + 1);
        } else if (kind == Pattern::Kind::element) {
            declaration.names.ns = inherited_attribute(node, "ns");
        } else {
            declaration.names.ns = attribute(node, "ns");
        }
    }
    declaration.documentation = documentation(node);
    if (declaration.documentation.empty() && view(node->parent->name) == "define") {
        declaration.documentation = documentation(node->parent);
    }
    waiting_.emplace_back(&declaration, node);
    return grammar_.pool_.leaf({.kind = kind, .declaration = &declaration});
}

const Pattern* GrammarReader::data(const xmlNode* node) {
    std::vector<Datatype::Parameter> parameters;
    for (const xmlNode* part : parts(node)) {
        if (view(part->name) == "param") {
            parameters.push_back({attribute(part, "name"), content(part)});
        }
    }
    const Datatype& datatype = grammar_.datatypes_.emplace_back(
        attribute(node, "type"), std::move(parameters), documentation(node));
    return grammar_.pool_.leaf(
        {.kind = Pattern::Kind::data, .datatype = &datatype, .is_nullable = true});
}

const Pattern* GrammarReader::value(const xmlNode* node) {
    const std::string& text = grammar_.values_.emplace_back(collapse_blanks(content(node)));
    return grammar_.pool_.leaf({.kind = Pattern::Kind::value, .value = text, .is_nullable = true});
}

NameClass GrammarReader::name_class(const xmlNode* node) {
    NameClass names;
    const std::string_view kind = view(node->name);
    if (kind == "name") {
        names.ns = inherited_attribute(node, "ns");
        names.local = std::string(base::trim(content(node)));
    } else if (kind == "anyName") {
        names.kind = NameClass::Kind::any;
        names.parts = name_parts(node);
    } else if (kind == "nsName") {
        names.kind = NameClass::Kind::in_namespace;
        names.ns = inherited_attribute(node, "ns");
        names.parts = name_parts(node);
    } else if (kind == "choice" || kind == "except") {
        names.kind = NameClass::Kind::choice;
        names.parts = name_parts(node);
    } else {
        throw base::Error(fmt::format("the schema's <{}> can't be read by messages", kind));
    }
    return names;
}

std::vector<NameClass> GrammarReader::name_parts(const xmlNode* parent) {
    std::vector<NameClass> found;
    for (const xmlNode* part : parts(parent)) {
        found.push_back(name_class(part));
    }
    return found;
}

} // namespace imgbuild::xml
