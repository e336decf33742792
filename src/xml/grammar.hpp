// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/pattern.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// A RELAX NG schema as patterns. Immutable once it is read, so threads may share it.
///
/// It is made by `read_grammar`.
class Grammar {
public:
    Grammar() = default;
    Grammar(const Grammar&) = delete;
    Grammar& operator=(const Grammar&) = delete;

    const Pattern* start() const { return start_; }

    /// The elements that may hold an element of that name, in the order of the schema; empty if no
    /// element has that name.
    std::vector<const Declaration*> parents_of(std::string_view element) const;

    /// The elements of that name.
    std::vector<const Declaration*> elements_named(std::string_view element) const;

    /// The elements that have an attribute of that name.
    std::vector<const Declaration*> owners_of(std::string_view attribute) const;

private:
    friend class GrammarReader;
    using Index = std::map<std::string, std::vector<const Declaration*>, std::less<>>;

    void make_indexes();

    PatternPool pool_;
    const Pattern* start_ = nullptr;
    std::deque<Declaration> declarations_;
    std::deque<Datatype> datatypes_;
    std::deque<std::string> values_;
    Index parents_;
    Index elements_;
    Index owners_;
};

} // namespace imgbuild::xml
