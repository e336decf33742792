// SPDX-License-Identifier: Apache-2.0
#include "xml/cursor.hpp"

#include <algorithm>

namespace imgbuild::xml {

namespace {

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool continues_name(char c) {
    return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

} // namespace

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

Mark advance_mark(Mark mark, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n' || (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) {
            ++mark.line;
            mark.column = 1;
        } else if (starts_character(c)) {
            ++mark.column;
        }
    }
    return mark;
}

Cursor::Cursor(std::string_view text, std::optional<Mark> frozen)
    : text_(text)
    , frozen_(frozen) {}

void Cursor::advance(std::size_t bytes) {
    offset_ = std::min(offset_ + bytes, text_.size());
}

bool Cursor::skip(std::string_view prefix) {
    if (!starts_with(prefix)) {
        return false;
    }
    advance(prefix.size());
    return true;
}

bool Cursor::skip_blanks() {
    const std::size_t before = offset_;
    while (offset_ < text_.size() && is_blank(text_[offset_])) {
        ++offset_;
    }
    return offset_ != before;
}

std::optional<std::string_view> Cursor::take_until(std::string_view end) {
    const std::size_t found = text_.find(end, offset_);
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view taken = text_.substr(offset_, found - offset_);
    offset_ = found + end.size();
    return taken;
}

std::string_view Cursor::take_before(std::string_view characters) {
    const std::size_t end = std::min(text_.find_first_of(characters, offset_), text_.size());
    const std::string_view taken = text_.substr(offset_, end - offset_);
    offset_ = end;
    return taken;
}

std::string_view Cursor::take_name() {
    if (!starts_name(peek())) {
        return {};
    }
    std::size_t end = offset_ + 1;
    while (end < text_.size() && continues_name(text_[end])) {
        ++end;
    }
    const std::string_view name = text_.substr(offset_, end - offset_);
    offset_ = end;
    return name;
}

Mark Cursor::mark() {
    if (frozen_) {
        return *frozen_;
    }
    // A "\r" just before the mark may belong to a "\r\n" that goes on behind it; marks are only
    // taken where markup or text begins, never between the two.
    marked_ = advance_mark(marked_, text_.substr(marked_offset_, offset_ - marked_offset_));
    marked_offset_ = offset_;
    return marked_;
}

} // namespace imgbuild::xml
