// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/document_state.hpp"
#include "xml/findings.hpp"

#include <libxml/tree.h>

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// Findings about the nodes of a document, each at the place where its node stands. What is returned
/// may be completed until the next call. For the sources of this folder only.
class Reporter {
public:
    explicit Reporter(const DocumentState& document)
        : document_(document)
        , findings_(document.places.files.front()) {}

    /// From "<" to the end of the name.
    base::Diagnostic&
    at_element(std::string_view code, const xmlNode* node, std::string message, std::string hint);

    /// The attribute's name.
    base::Diagnostic& at_attribute(
        std::string_view code, const xmlAttr* attribute, std::string message, std::string hint);

    /// What stands between the quotes.
    base::Diagnostic& at_value(
        std::string_view code, const xmlAttr* attribute, std::string message, std::string hint);

    /// The beginning of the text directly inside an element; the element if it has none.
    base::Diagnostic&
    at_text(std::string_view code, const xmlNode* node, std::string message, std::string hint);

    base::Position position(const xmlNode* node) const;
    base::Position position(const xmlAttr* attribute) const;

    bool is_full() const { return findings_.is_full(); }

    std::vector<base::Diagnostic> take() { return findings_.take(); }

private:
    base::Diagnostic&
    add(std::string_view code,
        const xmlNode* node,
        Mark mark,
        std::string message,
        std::string hint);
    static void explain_old_name(base::Diagnostic& finding, const AttributePlace& place);
    const AttributePlace* place_of(const xmlAttr* attribute) const;

    const DocumentState& document_;
    Findings findings_;
};

} // namespace imgbuild::xml
