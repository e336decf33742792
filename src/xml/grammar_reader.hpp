// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/grammar.hpp"

#include <libxml/tree.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::xml {

/// Reads RELAX NG's XML syntax into a Grammar. For the sources of this folder only.
class GrammarReader {
public:
    explicit GrammarReader(Grammar& grammar)
        : grammar_(grammar) {}

    void read(std::string_view rng);

private:
    using Combine = const Pattern* (PatternPool::*)(const Pattern*, const Pattern*);

    void read_grammar(const xmlNode* grammar);
    const Pattern* combined(const std::vector<const xmlNode*>& definitions);
    const Pattern* reference(const xmlNode* node);
    const Pattern* pattern(const xmlNode* node);
    const Pattern* operands(const xmlNode* parent, Combine combine, std::size_t skipped = 0);
    const Pattern* named(const xmlNode* node, Pattern::Kind kind);
    const Pattern* data(const xmlNode* node);
    const Pattern* value(const xmlNode* node);
    NameClass name_class(const xmlNode* node);
    std::vector<NameClass> name_parts(const xmlNode* parent);

    Grammar& grammar_;
    std::map<std::string, std::vector<const xmlNode*>> definitions_;
    std::map<std::string, const Pattern*> read_;
    /// Elements whose content is not read yet: elements may contain themselves.
    std::vector<std::pair<Declaration*, const xmlNode*>> waiting_;
};

} // namespace imgbuild::xml
