// SPDX-License-Identifier: Apache-2.0
#include "description/reference_text.hpp"

#include "base/text.hpp"
#include "description/reference.hpp"
#include "schema/imgbuild_schema.hpp"

#include <algorithm>

namespace imgbuild::description {

std::string_view schema_rng() {
    return schema::rng();
}

std::string_view schema_rnc() {
    return schema::rnc();
}

const std::vector<xml::ElementReference>& language() {
    static const std::vector<xml::ElementReference> elements = xml::read_reference(schema::rng());
    return elements;
}

std::string title_of(const xml::ElementReference& element) {
    const auto& all = language();
    const bool is_only = std::count_if(all.begin(), all.end(), [&](const auto& other) {
                             return other.name == element.name;
                         }) == 1;
    std::string title = "<" + element.name + ">";
    if (!is_only) {
        for (const std::size_t parent : element.parents) {
            title += (parent == element.parents.front() ? " in <" : ", <") + all[parent].name + ">";
        }
    }
    return title;
}

std::string value_text(const xml::ValueReference& value, const std::string& quote) {
    std::vector<std::string> parts;
    for (const std::string& word : value.words) {
        parts.push_back(quote + word + quote);
    }
    parts.insert(parts.end(), value.forms.begin(), value.forms.end());
    std::string text = base::join(parts, ", ");
    if (const std::size_t last = text.rfind(", "); parts.size() > 1) {
        const std::size_t start = text.size() - parts.back().size() - 2;
        text.replace(last > start ? start : last, 2, " or ");
    }
    if (value.separator != '\0') {
        text += value.separator == ',' ? "; several separated by commas"
                                       : "; several separated by blanks";
    }
    return text;
}

} // namespace imgbuild::description
