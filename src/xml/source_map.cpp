// SPDX-License-Identifier: Apache-2.0
#include "xml/source_map.hpp"

#include "xml/cursor.hpp"
#include "xml/doctype.hpp"
#include "xml/findings.hpp"

namespace imgbuild::xml {

namespace {

/// Reads the start tag that the cursor stands on.
/// @return whether an end tag will follow.
bool read_start_tag(std::string_view text, Cursor& cursor, ElementSpan& span) {
    span.start = cursor.offset();
    cursor.advance();
    cursor.take_name();
    span.name_end = cursor.offset();
    while (!cursor.at_end()) {
        cursor.take_before("\"'>");
        const char quote = cursor.peek();
        if (quote == '>') {
            break;
        }
        cursor.advance();
        cursor.take_until(std::string_view(&quote, 1));
    }
    const bool is_empty = text[cursor.offset() - 1] == '/';
    cursor.advance();
    span.content = cursor.offset();
    span.end_tag = cursor.offset();
    span.end = cursor.offset();
    return !is_empty;
}

/// What is neither a tag nor text.
void skip_other(Cursor& cursor) {
    if (cursor.skip("<!--")) {
        cursor.take_until("-->");
    } else if (cursor.skip("<![CDATA[")) {
        cursor.take_until("]]>");
    } else if (cursor.skip("<?")) {
        cursor.take_until("?>");
    } else if (cursor.skip("<!DOCTYPE")) {
        Findings ignored("");
        read_doctype(cursor, ignored);
    } else {
        cursor.advance();
    }
}

} // namespace

std::vector<ElementSpan> element_spans(std::string_view text) {
    std::vector<ElementSpan> spans;
    std::vector<std::size_t> open;
    Cursor cursor(text);
    while (!cursor.at_end()) {
        cursor.take_before("<");
        const char next = cursor.peek(1);
        if (next == '!' || next == '?') {
            skip_other(cursor);
        } else if (next == '/' && !open.empty()) {
            ElementSpan& span = spans[open.back()];
            open.pop_back();
            span.end_tag = cursor.offset();
            cursor.take_until(">");
            span.end = cursor.offset();
        } else if (!cursor.at_end()) {
            ElementSpan span;
            if (read_start_tag(text, cursor, span)) {
                open.push_back(spans.size());
            }
            spans.push_back(span);
        }
    }
    return spans;
}

} // namespace imgbuild::xml
