// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/grammar.hpp"

#include <libxml/tree.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::xml {

/// Reads a schema in RELAX NG's XML syntax, in the forms that trang writes: one grammar without
/// inclusions, nested grammars and lists. For the sources of this folder only.
/// @param rng a schema that libxml2 has accepted already.
/// @throws base::Error if it uses a form that is not read.
std::unique_ptr<const Grammar> read_grammar(const xmlDoc& rng);

/// How it is read.
class GrammarReader {
public:
    explicit GrammarReader(Grammar& grammar)
        : grammar_(grammar) {}

    void read(const xmlNode* root);

private:
    using Combine = const Pattern* (PatternPool::*)(const Pattern*, const Pattern*);

    void definitions(const xmlNode* grammar);
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
