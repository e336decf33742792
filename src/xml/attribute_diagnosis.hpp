// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/grammar.hpp"
#include "xml/reporter.hpp"

#include <libxml/tree.h>

#include <utility>
#include <vector>

namespace imgbuild::xml {

/// Finds what is wrong with the attributes of an element. For the sources of this folder only.
class AttributeDiagnosis {
public:
    AttributeDiagnosis(const Grammar& grammar, PatternPool& pool, Reporter& reporter)
        : grammar_(grammar)
        , pool_(pool)
        , reporter_(reporter) {}

    /// @return what may stand inside the element.
    const Pattern* check(const xmlNode* node, const Declaration& declared);

private:
    using Declarations = std::vector<const Declaration*>;

    Declarations check_value(const xmlAttr* attribute, const Declarations& candidates);
    const Pattern* unknown(const xmlAttr* attribute, const Pattern* rest, bool is_only);
    void exclusive(
        const xmlAttr* attribute,
        const Declarations& accepted,
        const Pattern* content,
        const std::vector<std::pair<const xmlAttr*, Declarations>>& taken);
    void missing(const xmlNode* node, const Pattern* rest);

    const Grammar& grammar_;
    PatternPool& pool_;
    Reporter& reporter_;
};

} // namespace imgbuild::xml
