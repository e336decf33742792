// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/cursor.hpp"
#include "xml/doctype.hpp"
#include "xml/document.hpp"
#include "xml/findings.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// Thrown inside the scan when reading on makes no sense; the finding has been added.
struct Abandon {};

/// Reads `&…;` and bounds what entities expand to.
class References {
public:
    References(Findings& findings, const Limits& limits)
        : findings_(findings)
        , limits_(limits) {}

    References(const References&) = delete;
    References& operator=(const References&) = delete;

    /// @param mark where the DOCTYPE stands.
    void set_doctype(Doctype doctype, Mark mark);

    /// Reads the reference that the cursor stands on.
    /// @return the entity that must be expanded; null if there is nothing to expand: a character,
    ///         or an error, which was added.
    const Entity* read(Cursor& cursor);

    /// Reads the reference in an attribute's value that the cursor stands on, and all in it.
    void read_in_value(Cursor& cursor);

    /// Counts bytes of the expanded document. Entities count when they are expanded, so what is
    /// read inside of one is not counted again.
    void count(std::size_t bytes);

    /// Counts the attributes that the DOCTYPE gives an element.
    void count_defaults() { count(defaults_size_); }

    /// While one lives, its entity is being expanded.
    class Expansion {
    public:
        Expansion(References& references, const Entity& entity, Mark mark);
        Expansion(const Expansion&) = delete;
        Expansion& operator=(const Expansion&) = delete;

        ~Expansion() { references_.open_.pop_back(); }

    private:
        References& references_;
    };

private:
    void expand_value(std::string_view value, Mark mark);
    void check(std::size_t bytes) const;
    std::size_t cost(const Entity& entity, std::size_t depth);

    Findings& findings_;
    const Limits& limits_;
    Doctype doctype_;
    Mark doctype_mark_;
    std::size_t defaults_size_ = 0;
    std::size_t expanded_ = 0;
    std::vector<const Entity*> open_;
    std::map<const Entity*, std::size_t> costs_;
};

} // namespace imgbuild::xml
