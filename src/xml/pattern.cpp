// SPDX-License-Identifier: Apache-2.0
#include "xml/pattern.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>

namespace imgbuild::xml {

namespace {

using Kind = Pattern::Kind;

constexpr Pattern empty_pattern{.kind = Kind::empty, .is_nullable = true};
constexpr Pattern not_allowed_pattern{.kind = Kind::not_allowed};
constexpr Pattern text_pattern{.kind = Kind::text, .is_nullable = true};

bool has_alternative(const Pattern* choice, const Pattern* wanted) {
    if (choice->kind != Kind::choice) {
        return choice == wanted;
    }
    return has_alternative(choice->first, wanted) || has_alternative(choice->second, wanted);
}

bool is_binary(Kind kind) {
    return kind == Kind::choice || kind == Kind::group || kind == Kind::interleave;
}

void collect(const Pattern* pattern, Kind kind, std::vector<const Declaration*>& found) {
    if (pattern->kind == kind) {
        if (std::find(found.begin(), found.end(), pattern->declaration) == found.end()) {
            found.push_back(pattern->declaration);
        }
    } else if (is_binary(pattern->kind)) {
        collect(pattern->first, kind, found);
        collect(pattern->second, kind, found);
    } else if (pattern->kind == Kind::one_or_more) {
        collect(pattern->first, kind, found);
    }
}

void collect_next(const Pattern* pattern, std::vector<const Declaration*>& found) {
    if (pattern->kind == Kind::group) {
        collect_next(pattern->first, found);
        if (pattern->first->is_nullable) {
            collect_next(pattern->second, found);
        }
    } else if (is_binary(pattern->kind)) {
        collect_next(pattern->first, found);
        collect_next(pattern->second, found);
    } else if (pattern->kind == Kind::one_or_more) {
        collect_next(pattern->first, found);
    } else {
        collect(pattern, Kind::element, found);
    }
}

} // namespace

bool NameClass::contains(Name name) const {
    const auto in_part = [&](const NameClass& part) { return part.contains(name); };
    switch (kind) {
    case Kind::name:
        return local == name.local && ns == name.ns;
    case Kind::choice:
        return std::any_of(parts.begin(), parts.end(), in_part);
    case Kind::in_namespace:
        return ns == name.ns && std::none_of(parts.begin(), parts.end(), in_part);
    case Kind::any:
        return std::none_of(parts.begin(), parts.end(), in_part);
    }
    return false;
}

PatternPool::PatternPool() = default;

const Pattern* PatternPool::empty() {
    return &empty_pattern;
}

const Pattern* PatternPool::not_allowed() {
    return &not_allowed_pattern;
}

const Pattern* PatternPool::text() {
    return &text_pattern;
}

const Pattern* PatternPool::leaf(const Pattern& pattern) {
    patterns_.push_back(pattern);
    return &patterns_.back();
}

const Pattern* PatternPool::make(Kind kind, const Pattern* a, const Pattern* b) {
    const auto [known, is_new] = known_.try_emplace({kind, a, b}, nullptr);
    if (is_new) {
        Pattern pattern{.kind = kind, .first = a, .second = b};
        pattern.is_nullable = kind == Kind::choice
                                  ? a->is_nullable || b->is_nullable
                                  : a->is_nullable && (b == nullptr || b->is_nullable);
        known->second = leaf(pattern);
    }
    return known->second;
}

const Pattern* PatternPool::choice(const Pattern* a, const Pattern* b) {
    if (a->kind == Kind::not_allowed || has_alternative(b, a)) {
        return b;
    }
    if (b->kind == Kind::not_allowed || has_alternative(a, b)) {
        return a;
    }
    return make(Kind::choice, a, b);
}

const Pattern* PatternPool::group(const Pattern* a, const Pattern* b) {
    if (a->kind == Kind::not_allowed || b->kind == Kind::empty) {
        return a;
    }
    if (b->kind == Kind::not_allowed || a->kind == Kind::empty) {
        return b;
    }
    return make(Kind::group, a, b);
}

const Pattern* PatternPool::interleave(const Pattern* a, const Pattern* b) {
    if (a->kind == Kind::not_allowed || b->kind == Kind::empty) {
        return a;
    }
    if (b->kind == Kind::not_allowed || a->kind == Kind::empty) {
        return b;
    }
    return make(Kind::interleave, a, b);
}

const Pattern* PatternPool::one_or_more(const Pattern* a) {
    const bool is_its_own_repetition = a->kind == Kind::empty || a->kind == Kind::not_allowed ||
                                       a->kind == Kind::text || a->kind == Kind::one_or_more;
    return is_its_own_repetition ? a : make(Kind::one_or_more, a, nullptr);
}

const Pattern* PatternPool::after_element(const Pattern* pattern, Name name) {
    const auto [known, is_new] = derivatives_.try_emplace(
        {pattern, {std::string(name.ns), std::string(name.local)}}, nullptr);
    if (is_new) {
        known->second = derive(pattern, name);
    }
    return known->second;
}

const Pattern* PatternPool::derive(const Pattern* pattern, Name name) {
    switch (pattern->kind) {
    case Kind::element:
        return pattern->declaration->names.contains(name) ? empty() : not_allowed();
    case Kind::choice:
        return choice(after_element(pattern->first, name), after_element(pattern->second, name));
    case Kind::group: {
        const Pattern* const in_first = group(after_element(pattern->first, name), pattern->second);
        return pattern->first->is_nullable ? choice(in_first, after_element(pattern->second, name))
                                           : in_first;
    }
    case Kind::interleave:
        return choice(
            interleave(after_element(pattern->first, name), pattern->second),
            interleave(pattern->first, after_element(pattern->second, name)));
    case Kind::one_or_more:
        return group(after_element(pattern->first, name), choice(pattern, empty()));
    default:
        return not_allowed();
    }
}

const Pattern* PatternPool::after_attribute(
    const Pattern* pattern, const std::vector<const Declaration*>& accepted) {
    switch (pattern->kind) {
    case Kind::attribute:
        return std::find(accepted.begin(), accepted.end(), pattern->declaration) != accepted.end()
                   ? empty()
                   : not_allowed();
    case Kind::choice:
        return choice(
            after_attribute(pattern->first, accepted), after_attribute(pattern->second, accepted));
    case Kind::group:
        return choice(
            group(after_attribute(pattern->first, accepted), pattern->second),
            group(pattern->first, after_attribute(pattern->second, accepted)));
    case Kind::interleave:
        return choice(
            interleave(after_attribute(pattern->first, accepted), pattern->second),
            interleave(pattern->first, after_attribute(pattern->second, accepted)));
    case Kind::one_or_more:
        return group(after_attribute(pattern->first, accepted), choice(pattern, empty()));
    default:
        return not_allowed();
    }
}

const Pattern* PatternPool::without_attributes(const Pattern* pattern) {
    const auto found = stripped_.find(pattern);
    if (found != stripped_.end()) {
        return found->second;
    }
    const Pattern* stripped = pattern;
    if (pattern->kind == Kind::attribute) {
        stripped = empty();
    } else if (pattern->kind == Kind::one_or_more) {
        stripped = one_or_more(without_attributes(pattern->first));
    } else if (is_binary(pattern->kind)) {
        const Pattern* const a = without_attributes(pattern->first);
        const Pattern* const b = without_attributes(pattern->second);
        stripped = pattern->kind == Kind::choice  ? choice(a, b)
                   : pattern->kind == Kind::group ? group(a, b)
                                                  : interleave(a, b);
    }
    stripped_.emplace(pattern, stripped);
    return stripped;
}

std::vector<const Declaration*> declarations(const Pattern* pattern, Kind kind) {
    std::vector<const Declaration*> found;
    collect(pattern, kind, found);
    return found;
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

const Declaration*
named(const std::vector<const Declaration*>& declarations, std::string_view name) {
    const auto found = std::find_if(declarations.begin(), declarations.end(), [&](const auto* d) {
        return !name.empty() && d->names.local == name;
    });
    return found == declarations.end() ? nullptr : *found;
}

std::vector<const Declaration*> next_elements(const Pattern* pattern) {
    std::vector<const Declaration*> found;
    collect_next(pattern, found);
    return found;
}

std::vector<std::vector<const Declaration*>> required(const Pattern* pattern, Kind kind) {
    if (pattern->kind == kind) {
        return {{pattern->declaration}};
    }
    if (pattern->kind == Kind::one_or_more) {
        return required(pattern->first, kind);
    }
    if (!is_binary(pattern->kind)) {
        return {};
    }
    auto first = required(pattern->first, kind);
    auto second = required(pattern->second, kind);
    if (pattern->kind != Kind::choice) {
        first.insert(first.end(), second.begin(), second.end());
        return first;
    }
    if (first.empty() || second.empty()) {
        return {};
    }
    if (first.size() == 1 && second.size() == 1) {
        first.front().insert(first.front().end(), second.front().begin(), second.front().end());
    }
    return first;
}

bool mentions(const Pattern* pattern, Kind kind) {
    if (pattern->kind == kind) {
        return true;
    }
    if (pattern->kind == Kind::one_or_more) {
        return mentions(pattern->first, kind);
    }
    return is_binary(pattern->kind) &&
           (mentions(pattern->first, kind) || mentions(pattern->second, kind));
}

bool accepts_value(const Pattern* pattern, std::string_view value) {
    switch (pattern->kind) {
    case Kind::text:
        return true;
    case Kind::empty:
        return base::trim(value).empty();
    case Kind::data:
        return pattern->datatype->accepts(value);
    case Kind::value:
        return collapse_blanks(value) == pattern->value;
    case Kind::choice:
        return accepts_value(pattern->first, value) || accepts_value(pattern->second, value);
    default:
        return false;
    }
}

} // namespace imgbuild::xml
