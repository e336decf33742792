// SPDX-License-Identifier: Apache-2.0
#include "xml/grammar.hpp"

#include <set>

namespace imgbuild::xml {

namespace {

std::vector<const Declaration*> look_up(
    const std::map<std::string, std::vector<const Declaration*>, std::less<>>& index,
    std::string_view name) {
    const auto found = index.find(name);
    return found == index.end() ? std::vector<const Declaration*>() : found->second;
}

} // namespace

std::vector<const Declaration*> Grammar::parents_of(std::string_view element) const {
    return look_up(parents_, element);
}

std::vector<const Declaration*> Grammar::elements_named(std::string_view element) const {
    return look_up(elements_, element);
}

std::vector<const Declaration*> Grammar::owners_of(std::string_view attribute) const {
    return look_up(owners_, attribute);
}

void Grammar::make_indexes() {
    std::vector<const Declaration*> waiting = declarations(start_, Pattern::Kind::element);
    std::set<const Declaration*> seen(waiting.begin(), waiting.end());
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        const Declaration* const element = waiting[i];
        elements_[element->names.local].push_back(element);
        for (const Declaration* child : declarations(element->content, Pattern::Kind::element)) {
            parents_[child->names.local].push_back(element);
            if (seen.insert(child).second) {
                waiting.push_back(child);
            }
        }
        for (const Declaration* attribute :
             declarations(element->content, Pattern::Kind::attribute)) {
            owners_[attribute->names.local].push_back(element);
        }
    }
}

} // namespace imgbuild::xml
