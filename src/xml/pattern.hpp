// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * RELAX NG patterns and their derivatives: what may still come after something has come. The
 * expected sets of messages are read off them.
 */
#pragma once

#include "xml/datatype.hpp"
#include "xml/name.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace imgbuild::xml {

/// Which names an element or attribute may have.
struct NameClass {
    enum class Kind { name, any, in_namespace, choice };

    Kind kind = Kind::name;
    std::string ns;
    std::string local;
    /// The parts of a choice; otherwise what is excepted.
    std::vector<NameClass> parts;

    bool contains(Name name) const;
};

struct Pattern;

/// An element or attribute of the schema.
struct Declaration {
    NameClass names;
    const Pattern* content = nullptr;
    /// What the schema says about it, in one line.
    std::string documentation;
};

struct Pattern {
    enum class Kind {
        empty,
        not_allowed,
        text,
        data,
        value,
        attribute,
        element,
        choice,
        group,
        interleave,
        one_or_more,
    };

    Kind kind = Kind::empty;
    /// Operands.
    const Pattern* first = nullptr;
    const Pattern* second = nullptr;
    /// Of an attribute or element.
    const Declaration* declaration = nullptr;
    /// Of data.
    const Datatype* datatype = nullptr;
    /// Of a value.
    std::string_view value;
    /// Whether elements can end here, attributes left aside.
    bool is_nullable = false;
};

/// Makes patterns, in their simplest form and each only once, so that equal ones have one address.
/// Patterns of one pool may be operands in another that lives shorter.
class PatternPool {
public:
    PatternPool();
    PatternPool(const PatternPool&) = delete;
    PatternPool& operator=(const PatternPool&) = delete;

    static const Pattern* empty();
    static const Pattern* not_allowed();
    static const Pattern* text();

    /// What is pointed to must outlive the pattern.
    const Pattern* leaf(const Pattern& pattern);

    const Pattern* choice(const Pattern* a, const Pattern* b);
    const Pattern* group(const Pattern* a, const Pattern* b);
    const Pattern* interleave(const Pattern* a, const Pattern* b);
    const Pattern* one_or_more(const Pattern* a);

    const Pattern* zero_or_more(const Pattern* a) { return choice(one_or_more(a), empty()); }

    /// What may follow the element; not_allowed if it can't stand there.
    const Pattern* after_element(const Pattern* pattern, Name name);

    /// What may stand beside the attribute; not_allowed if it can't stand there.
    /// @param accepted which of the pattern's attributes the given one counts as.
    const Pattern*
    after_attribute(const Pattern* pattern, const std::vector<const Declaration*>& accepted);

    /// The pattern without its attributes.
    const Pattern* without_attributes(const Pattern* pattern);

private:
    using Key = std::tuple<Pattern::Kind, const Pattern*, const Pattern*>;

    const Pattern* make(Pattern::Kind kind, const Pattern* a, const Pattern* b);
    const Pattern* derive(const Pattern* pattern, Name name);

    std::deque<Pattern> patterns_;
    std::map<Key, const Pattern*> known_;
    std::map<std::pair<const Pattern*, std::pair<std::string, std::string>>, const Pattern*>
        derivatives_;
    std::map<const Pattern*, const Pattern*> stripped_;
};

/// All elements (or attributes) that the pattern mentions, in the order of the schema, each once.
std::vector<const Declaration*> declarations(const Pattern* pattern, Pattern::Kind kind);

/// Those that may have the name.
std::vector<const Declaration*>
matching(const std::vector<const Declaration*>& declarations, Name name);

/// The one whose fixed name this is; null if there is none.
const Declaration*
named(const std::vector<const Declaration*>& declarations, std::string_view name);

/// The elements that can come next.
std::vector<const Declaration*> next_elements(const Pattern* pattern);

/// What must still come, each with its alternatives.
std::vector<std::vector<const Declaration*>> required(const Pattern* pattern, Pattern::Kind kind);

/// Whether it mentions a leaf of that kind, outside of attributes.
bool mentions(const Pattern* pattern, Pattern::Kind kind);

/// Whether a text is what the pattern, which has no elements, asks for.
bool accepts_value(const Pattern* pattern, std::string_view value);

} // namespace imgbuild::xml
