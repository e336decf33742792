// SPDX-License-Identifier: Apache-2.0
#include "xml/datatype.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlschemastypes.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace imgbuild::xml {

namespace {

constexpr const char* schema_namespace = "http://www.w3.org/2001/XMLSchema";

const xmlChar* chars(const std::string& text) {
    return reinterpret_cast<const xmlChar*>(text.c_str());
}

std::optional<long long> integer(std::string_view text) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
    }
    long long number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

struct TypeName {
    std::string_view type;
    std::string_view description;
};

constexpr std::array<TypeName, 5> type_names = {{
    {"boolean", "true or false"},
    {"nonNegativeInteger", "a whole number, 0 or more"},
    {"positiveInteger", "a whole number, 1 or more"},
    {"integer", "a whole number"},
    {"anyURI", "a URI"},
}};

} // namespace

struct DatatypeState {
    xmlSchemaType* type = nullptr;
    std::vector<std::unique_ptr<xmlRegexp, base::Deleter<xmlRegFreeRegexp>>> patterns;
};

std::string collapse_blanks(std::string_view text) {
    std::string collapsed;
    for (const std::string_view word : base::split_words(text)) {
        if (!collapsed.empty()) {
            collapsed += ' ';
        }
        collapsed += word;
    }
    return collapsed;
}

Datatype::Datatype(std::string type, std::vector<Parameter> parameters, std::string documentation)
    : type_(std::move(type))
    , parameters_(std::move(parameters))
    , documentation_(std::move(documentation))
    , state_(std::make_unique<DatatypeState>()) {
    state_->type = xmlSchemaGetPredefinedType(
        chars(type_), reinterpret_cast<const xmlChar*>(schema_namespace));
    if (state_->type == nullptr) {
        throw base::Error(fmt::format("the schema uses the unknown datatype {}", type_));
    }
    for (const Parameter& parameter : parameters_) {
        if (parameter.name == "pattern") {
            state_->patterns.emplace_back(xmlRegexpCompile(chars(parameter.value)));
            if (state_->patterns.back() == nullptr) {
                throw base::Error(
                    fmt::format("the schema has the bad pattern {}", parameter.value));
            }
        }
    }
}

Datatype::~Datatype() = default;

bool Datatype::accepts(std::string_view value) const {
    const std::string text = type_ == "string" ? std::string(value) : collapse_blanks(value);
    if (xmlSchemaValidatePredefinedType(state_->type, chars(text), nullptr) != 0) {
        return false;
    }
    const bool matches =
        std::all_of(state_->patterns.begin(), state_->patterns.end(), [&](const auto& pattern) {
            return xmlRegexpExec(pattern.get(), chars(text)) == 1;
        });
    return matches &&
           std::all_of(parameters_.begin(), parameters_.end(), [&](const Parameter& parameter) {
               const auto number = integer(text);
               const auto bound = integer(parameter.value);
               if (!number || !bound) {
                   return true;
               }
               return (parameter.name != "minInclusive" || *number >= *bound) &&
                      (parameter.name != "maxInclusive" || *number <= *bound);
           });
}

std::string Datatype::description() const {
    if (!documentation_.empty()) {
        return documentation_;
    }
    std::string text = "a text";
    for (const TypeName& known : type_names) {
        if (known.type == type_) {
            text = known.description;
        }
    }
    for (const Parameter& parameter : parameters_) {
        if (parameter.name == "minInclusive") {
            text += fmt::format(" from {}", parameter.value);
        } else if (parameter.name == "maxInclusive") {
            text += fmt::format(" to {}", parameter.value);
        } else if (parameter.name == "pattern") {
            text += fmt::format(" of the form {}", parameter.value);
        }
    }
    return text;
}

Datatype::WordList Datatype::word_list() const {
    if (parameters_.size() != 1 || parameters_.front().name != "pattern") {
        return {};
    }
    const std::string_view pattern = parameters_.front().value;
    const std::size_t close = pattern.find(')');
    if (pattern.empty() || pattern.front() != '(' || close == std::string_view::npos ||
        close + 2 >= pattern.size()) {
        return {};
    }
    const std::string_view words = pattern.substr(1, close - 1);
    const std::string_view rest = pattern.substr(close + 1);
    const char separator = rest[1];
    const bool is_list = rest.front() == '(' && rest.size() > 3 &&
                         (separator == ',' || separator == ' ') && rest[2] == '(' &&
                         rest.substr(rest.size() - 3) == "))*";
    const bool is_literal = words.find_first_of("[]{}()\\.*+?") == std::string_view::npos;
    if (!is_list || !is_literal) {
        return {};
    }
    return {base::split(words, '|'), separator};
}

} // namespace imgbuild::xml
