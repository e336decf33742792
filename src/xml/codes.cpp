// SPDX-License-Identifier: Apache-2.0
#include "xml/codes.hpp"

namespace imgbuild::xml {

const std::vector<CodeInfo>& codes() {
    static const std::vector<CodeInfo> table = {
        {code::invalid,
         "invalid",
         "The schema rejects the document at this place for a reason that has no code of its own. "
         "Compare the element with its description in the reference."},
        {code::unknown_element,
         "unknown-element",
         "No element of the description language has this name. Usually the name is misspelt; "
         "names are case-sensitive. The message lists what may stand at this place."},
        {code::unknown_attribute,
         "unknown-attribute",
         "The element has no attribute of this name. Usually the name is misspelt, or the "
         "attribute "
         "belongs to another element."},
        {code::missing_element,
         "missing-element",
         "An element lacks a child element that it must have. Add it anywhere inside the element; "
         "the order of children does not matter."},
        {code::missing_attribute,
         "missing-attribute",
         "An element lacks an attribute that it must have."},
        {code::bad_value,
         "bad-value",
         "The value of an attribute, or the text of an element, is not one that is allowed there. "
         "The message says which values or which form are."},
        {code::misplaced_element,
         "misplaced-element",
         "The element exists in the description language but not inside this parent. The message "
         "says inside which elements it belongs."},
        {code::too_many_elements,
         "too-many-elements",
         "The element stands more often than its parent allows. Remove or merge the later one; "
         "the message points to the first."},
        {code::unexpected_text,
         "unexpected-text",
         "There is text directly inside an element that holds only other elements or nothing. "
         "Often it is a leftover, or a tag that lost its angle bracket."},
        {code::exclusive_attributes,
         "exclusive-attributes",
         "The element has two attributes of which only one may be given. Remove one of them."},
        {code::not_well_formed,
         "not-well-formed",
         "The file breaks a rule of XML itself, so its structure can't be read. The message says "
         "which rule."},
        {code::mismatched_tag,
         "mismatched-tag",
         "An end tag does not belong to the element that is open at this place. Either that "
         "element "
         "lacks its end tag, or one of the two names is misspelt."},
        {code::unclosed_element,
         "unclosed-element",
         "The file ends while an element is still open. Write its end tag, or \"/>\" at the end of "
         "its start tag if it is empty."},
        {code::attribute_syntax,
         "attribute-syntax",
         "Attributes are written name=\"value\", with quotes around the value and blanks between "
         "attributes. Inside a value, \"<\" is written &lt; and \"&\" is written &amp;."},
        {code::duplicate_attribute,
         "duplicate-attribute",
         "An element has the same attribute twice. Remove one of them."},
        {code::bad_reference,
         "bad-reference",
         "\"&\" begins a reference such as &amp; or &#169;. Either the name behind it is not "
         "declared, the semicolon is missing, or the character itself was meant: write &amp;."},
        {code::bad_character,
         "bad-character",
         "The file contains bytes that are no text in its encoding, or a control character that "
         "XML "
         "does not allow. Save the file as UTF-8 and remove the character."},
        {code::unknown_encoding,
         "unknown-encoding",
         "The XML declaration names an encoding that is not known, or not the one the file is in. "
         "Save the file as UTF-8 and write encoding=\"UTF-8\"."},
        {code::undeclared_prefix,
         "undeclared-prefix",
         "A name has a prefix in front of a colon that no xmlns:PREFIX attribute declares."},
        {code::one_root,
         "one-root",
         "A document has exactly one outermost element and nothing but comments around it."},
        {code::too_large,
         "too-large",
         "The file is larger than any description can reasonably be; it was not read."},
        {code::too_deep,
         "too-deep",
         "Elements are nested deeper than any description can reasonably need."},
        {code::too_many_attributes,
         "too-many-attributes",
         "An element has more attributes than any description can reasonably need."},
        {code::entity_expansion,
         "entity-expansion",
         "The entities declared in the DOCTYPE contain themselves, or expand to far more text than "
         "any description can reasonably need. Such files are made to exhaust memory."},
        {code::external_entity,
         "external-entity",
         "The document refers to an entity that lies in another file or on a server. Nothing "
         "outside the document is ever read; use <include> for parts of a description."},
        {code::parameter_entity,
         "parameter-entity",
         "The DOCTYPE uses a parameter entity (%name;), which is not supported. Declare the "
         "entities directly."},
        {code::reserved_namespace,
         "reserved-namespace",
         "An attribute is in a namespace that imgbuild uses itself while it upgrades a "
         "description. "
         "Use another one."},
        {code::too_costly,
         "too-costly",
         "The description would take more work to upgrade than any real one. Look for attributes "
         "with a very long list in them."},
    };
    return table;
}

} // namespace imgbuild::xml
