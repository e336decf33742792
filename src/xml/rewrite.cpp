// SPDX-License-Identifier: Apache-2.0
#include "xml/rewrite.hpp"

#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/document_state.hpp"
#include "xml/encoding.hpp"
#include "xml/scanner.hpp"
#include "xml/source_map.hpp"
#include "xml/text_edits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace imgbuild::xml {

namespace {

using Nodes = std::vector<const xmlNode*>;

/// By their numbers; null for those that are not there.
Nodes nodes_by_number(const DocumentState& state, std::size_t count) {
    Nodes nodes(count, nullptr);
    const xmlNode* const root = xmlDocGetRootElement(state.tree.get());
    for (const xmlNode* node = root; node != nullptr; node = next_node(node, root)) {
        const auto number = reinterpret_cast<std::uintptr_t>(node->_private);
        if (node->type == XML_ELEMENT_NODE && number > 0 && number <= count) {
            nodes[number - 1] = node;
        }
    }
    return nodes;
}

bool has_child_elements(const xmlNode* node) {
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            return true;
        }
    }
    return false;
}

std::string content(const xmlNode* node) {
    std::string text;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            text += view(child->content);
        }
    }
    return text;
}

std::string value_of(const xmlAttr* attribute) {
    std::string value;
    for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
        value += view(part->content);
    }
    return value;
}

/// As it is written between quotes, or as text.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&apos;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

} // namespace

/// Finds the edits for one file.
class Rewriter {
public:
    Rewriter(
        std::string_view text, std::uint32_t file, const Document& before, const Document& after)
        : text_(text)
        , before_(*before.state_)
        , after_(*after.state_)
        , lines_(text)
        , spans_(element_spans(text))
        , edits_(text) {
        const std::size_t count = before_.places.elements.size();
        const Nodes old_nodes = nodes_by_number(before_, count);
        const Nodes new_nodes = nodes_by_number(after_, count);
        std::size_t span = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const ElementPlace& place = before_.places.elements[i];
            if (place.file != file) {
                continue;
            }
            const ElementSpan* const here = place.is_exact ? &spans_.at(span++) : nullptr;
            if (old_nodes[i] != nullptr) {
                element(old_nodes[i], new_nodes[i], here);
            }
        }
    }

    std::vector<TextEdit> take() { return edits_.take(); }

private:
    void element(const xmlNode* old_node, const xmlNode* new_node, const ElementSpan* span) {
        if (new_node == nullptr) {
            require_exact(old_node, span);
            edits_.remove_lines(span->start, span->end);
            return;
        }
        if (view(old_node->name) != view(new_node->name)) {
            require_exact(old_node, span);
            rename(old_node, new_node, *span);
        }
        attributes(old_node, new_node, span);
        if (!has_child_elements(old_node) && content(old_node) != content(new_node)) {
            require_exact(old_node, span);
            change_text(content(old_node), content(new_node), *span);
        }
    }

    /// A comment beside the text stays, where the text is written in one piece.
    void
    change_text(const std::string& old_text, const std::string& new_text, const ElementSpan& span) {
        const std::string_view written = text_.substr(span.content, span.end_tag - span.content);
        const std::size_t at = written.find(old_text);
        const bool is_one_piece = !old_text.empty() && at != std::string_view::npos &&
                                  written.find(old_text, at + 1) == std::string_view::npos;
        if (is_one_piece) {
            const std::size_t start = span.content + at;
            edits_.replace(start, start + old_text.size(), escaped(new_text));
        } else {
            edits_.replace(span.content, span.end_tag, escaped(new_text));
        }
    }

    /// What an entity brought stands nowhere in the file as it is.
    void require_exact(const xmlNode* node, const ElementSpan* span) const {
        if (span != nullptr) {
            return;
        }
        const ElementPlace* const place = before_.place(node);
        throw base::DescriptionError({base::Diagnostic{
            .code = std::string(code::entity_expansion),
            .message = fmt::format(
                "<{}> must change, but it comes from an entity of the DOCTYPE", view(node->name)),
            .position = before_.position(place, place->start),
            .hint = "write the element here instead of the entity"}});
    }

    void rename(const xmlNode* old_node, const xmlNode* new_node, const ElementSpan& span) {
        const std::size_t length = view(old_node->name).size();
        edits_.replace(span.name_end - length, span.name_end, std::string(view(new_node->name)));
        if (span.end_tag < span.end) {
            edits_.replace(
                span.end_tag + 2, span.end_tag + 2 + length, std::string(view(new_node->name)));
        }
    }

    /// Where an attribute of the new document was written, if that is in the same tag.
    const AttributePlace*
    origin(const xmlNode* old_node, const xmlNode* new_node, const xmlAttr* attribute) const {
        const ElementPlace& old_place = *before_.place(old_node);
        const AttributePlace* const place = after_.places.attribute(
            *after_.place(new_node), qualified_name(attribute->ns, attribute->name));
        if (place == nullptr) {
            return nullptr;
        }
        for (std::uint32_t i = 0; i < old_place.attribute_count; ++i) {
            const AttributePlace& old = before_.places.attributes[old_place.first_attribute + i];
            if (old.name_mark.line == place->name_mark.line &&
                old.name_mark.column == place->name_mark.column) {
                return &old;
            }
        }
        return nullptr;
    }

    void attributes(const xmlNode* old_node, const xmlNode* new_node, const ElementSpan* span) {
        std::vector<const AttributePlace*> kept;
        std::size_t insert_at = span == nullptr ? 0 : span->name_end;
        for (const xmlAttr* attr = new_node->properties; attr != nullptr; attr = attr->next) {
            const std::string name = qualified_name(attr->ns, attr->name);
            const AttributePlace* const place = origin(old_node, new_node, attr);
            if (place != nullptr && std::find(kept.begin(), kept.end(), place) == kept.end()) {
                kept.push_back(place);
                change(old_node, *place, name, value_of(attr), span);
                if (span != nullptr) {
                    insert_at = lines_.offset(place->value_end) + 1;
                }
            } else if (!is_default(old_node, attr)) {
                require_exact(old_node, span);
                edits_.insert(insert_at, fmt::format(" {}=\"{}\"", name, escaped(value_of(attr))));
            }
        }
        remove_others(old_node, kept, span);
    }

    void change(
        const xmlNode* old_node,
        const AttributePlace& place,
        const std::string& name,
        const std::string& value,
        const ElementSpan* span) {
        if (place.name != name) {
            require_exact(old_node, span);
            const std::size_t start = lines_.offset(place.name_mark);
            edits_.replace(start, start + place.name.size(), name);
        }
        if (old_value(old_node, place.name) != value) {
            require_exact(old_node, span);
            edits_.replace(
                lines_.offset(place.value_mark), lines_.offset(place.value_end), escaped(value));
        }
    }

    /// The DOCTYPE gave it, and still does.
    static bool is_default(const xmlNode* old_node, const xmlAttr* attribute) {
        const std::optional<std::string> old =
            old_value(old_node, qualified_name(attribute->ns, attribute->name));
        return old && *old == value_of(attribute);
    }

    static std::optional<std::string> old_value(const xmlNode* node, std::string_view name) {
        for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
            if (qualified_name(attr->ns, attr->name) == name) {
                return value_of(attr);
            }
        }
        return std::nullopt;
    }

    void remove_others(
        const xmlNode* old_node,
        const std::vector<const AttributePlace*>& kept,
        const ElementSpan* span) {
        const ElementPlace& place = *before_.place(old_node);
        for (std::uint32_t i = 0; i < place.attribute_count; ++i) {
            const AttributePlace& old = before_.places.attributes[place.first_attribute + i];
            const bool is_declaration = old.name == "xmlns" || old.name.rfind("xmlns:", 0) == 0;
            if (is_declaration || std::find(kept.begin(), kept.end(), &old) != kept.end()) {
                continue;
            }
            require_exact(old_node, span);
            std::size_t start = lines_.offset(old.name_mark);
            while (start > span->name_end && is_blank(text_[start - 1])) {
                --start;
            }
            edits_.remove(start, lines_.offset(old.value_end) + 1);
        }
    }

    std::string_view text_;
    const DocumentState& before_;
    const DocumentState& after_;
    LineMap lines_;
    std::vector<ElementSpan> spans_;
    EditCollector edits_;
};

std::string
rewrite(std::string bytes, const std::string& file, const Document& before, const Document& after) {
    const Decoded decoded = decode(bytes, file);
    std::vector<TextEdit> edits;
    const std::vector<std::string> files = before.files();
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i] == file) {
            // A file that is included twice is asked to change twice in the same way.
            const auto more =
                Rewriter(decoded.text, static_cast<std::uint32_t>(i), before, after).take();
            edits.insert(edits.end(), more.begin(), more.end());
        }
    }
    return edits.empty() ? bytes : encode_like(bytes, apply_edits(decoded.text, std::move(edits)));
}

std::string set_root_attribute(std::string bytes, std::string_view name, std::string_view value) {
    const Decoded decoded = decode(bytes, "");
    const Places places = scan(decoded.text, "", {}).places;
    const AttributePlace* const place =
        places.elements.empty() ? nullptr : places.attribute(places.elements.front(), name);
    if (place == nullptr) {
        return bytes;
    }
    const LineMap lines(decoded.text);
    const TextEdit edit = {
        lines.offset(place->value_mark), lines.offset(place->value_end), escaped(value)};
    return encode_like(bytes, apply_edits(decoded.text, {edit}));
}

} // namespace imgbuild::xml
