// SPDX-License-Identifier: Apache-2.0
#include "xml/reference.hpp"

#include "xml/grammar.hpp"
#include "xml/grammar_reader.hpp"
#include "xml/parser.hpp"

#include <algorithm>
#include <map>

namespace imgbuild::xml {

namespace {

using Kind = Pattern::Kind;

constexpr std::string_view instance_namespace = "http://www.w3.org/2001/XMLSchema-instance";

void collect_value(const Pattern* pattern, ValueReference& value) {
    switch (pattern->kind) {
    case Kind::text:
        value.forms.emplace_back("any text");
        break;
    case Kind::empty:
        value.may_be_empty = true;
        break;
    case Kind::value:
        value.words.emplace_back(pattern->value);
        break;
    case Kind::data: {
        const Datatype::WordList list = pattern->datatype->word_list();
        if (!pattern->datatype->documentation().empty() || list.words.empty()) {
            value.forms.push_back(pattern->datatype->description());
        } else {
            value.words.insert(value.words.end(), list.words.begin(), list.words.end());
            value.separator = list.separator;
        }
        break;
    }
    default:
        if (pattern->first != nullptr) {
            collect_value(pattern->first, value);
        }
        if (pattern->second != nullptr) {
            collect_value(pattern->second, value);
        }
        break;
    }
}

class Reader {
public:
    explicit Reader(const Grammar& grammar) {
        for (const Declaration* root : declarations(grammar.start(), Kind::element)) {
            visit(*root);
        }
    }

    std::vector<ElementReference> take() { return std::move(elements_); }

private:
    std::size_t visit(const Declaration& declared) {
        const auto [known, is_new] = numbers_.emplace(&declared, elements_.size());
        const std::size_t number = known->second;
        if (!is_new) {
            return number;
        }
        ElementReference element;
        element.name = declared.names.local;
        element.documentation = declared.documentation;
        element.attributes = attributes(declared);
        const Pattern* const inside = pool_.without_attributes(declared.content);
        element.has_text = mentions(inside, Kind::text) || mentions(inside, Kind::data) ||
                           mentions(inside, Kind::value);
        if (element.has_text) {
            collect_value(inside, element.text);
        }
        elements_.push_back(std::move(element));
        for (const Declaration* child : declarations(inside, Kind::element)) {
            if (child->names.local.empty()) {
                continue;
            }
            const std::size_t child_number = visit(*child);
            elements_[number].children.push_back(occurrence(inside, *child, child_number));
            elements_[child_number].parents.push_back(number);
        }
        return number;
    }

    static std::vector<AttributeReference> attributes(const Declaration& declared) {
        std::vector<const Declaration*> needed;
        for (const auto& alternatives : required(declared.content, Kind::attribute)) {
            if (alternatives.size() == 1) {
                needed.push_back(alternatives.front());
            }
        }
        std::vector<AttributeReference> found;
        for (const Declaration* attribute : declarations(declared.content, Kind::attribute)) {
            AttributeReference& reference = found.emplace_back();
            const bool is_instance = attribute->names.ns == instance_namespace;
            reference.name = (is_instance ? "xsi:" : "") + attribute->names.local;
            reference.documentation = attribute->documentation;
            reference.is_required =
                std::find(needed.begin(), needed.end(), attribute) != needed.end();
            collect_value(attribute->content, reference.value);
        }
        return found;
    }

    ChildReference occurrence(const Pattern* inside, const Declaration& child, std::size_t number) {
        const Name name = {child.names.ns, child.names.local};
        ChildReference reference;
        reference.name = child.names.local;
        reference.element = number;
        for (const auto& alternatives : required(inside, Kind::element)) {
            const bool is_only = alternatives.size() == 1 && alternatives.front() == &child;
            reference.is_required = reference.is_required || is_only;
        }
        const Pattern* const after = pool_.after_element(inside, name);
        reference.is_repeatable = pool_.after_element(after, name)->kind != Kind::not_allowed;
        return reference;
    }

    PatternPool pool_;
    std::map<const Declaration*, std::size_t> numbers_;
    std::vector<ElementReference> elements_;
};

} // namespace

std::vector<ElementReference> read_reference(std::string_view rng) {
    const Tree tree = parse_tree(rng, "schema");
    const std::unique_ptr<const Grammar> grammar = read_grammar(*tree);
    return Reader(*grammar).take();
}

} // namespace imgbuild::xml
