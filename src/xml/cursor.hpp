// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace imgbuild::xml {

/// A place in a text: line and column, both from 1; the column counts characters.
struct Mark {
    std::int32_t line = 0;
    std::int32_t column = 0;
};

/// Reads UTF-8 text forward and knows the line and column of where it is. The text must outlive it.
class Cursor {
public:
    /// @param frozen the mark that every place has, for text that stands elsewhere in the file
    ///        than where it is used (an entity's replacement).
    explicit Cursor(std::string_view text, std::optional<Mark> frozen = {});

    bool at_end() const { return offset_ >= text_.size(); }

    /// NUL at the end.
    char peek(std::size_t ahead = 0) const {
        return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0';
    }

    bool starts_with(std::string_view prefix) const {
        return text_.substr(offset_, prefix.size()) == prefix;
    }

    void advance(std::size_t bytes = 1);

    /// True, and stands behind it, if `prefix` comes next.
    bool skip(std::string_view prefix);

    /// Whether there was any.
    bool skip_blanks();

    /// What stands before `end`, which is skipped too; nothing, and no movement, if it never comes.
    std::optional<std::string_view> take_until(std::string_view end);

    /// What stands before the first of `characters`, or the rest.
    std::string_view take_before(std::string_view characters);

    /// An XML name, as far as ASCII decides it; empty if none stands here.
    std::string_view take_name();

    std::string_view rest() const { return text_.substr(offset_); }

    std::size_t offset() const { return offset_; }

    /// Of where it stands. Linear in what was read since the last call.
    Mark mark();

    bool is_frozen() const { return frozen_.has_value(); }

private:
    std::string_view text_;
    std::size_t offset_ = 0;
    std::optional<Mark> frozen_;
    std::size_t marked_offset_ = 0;
    Mark marked_{1, 1};
};

/// The mark that lies `text` behind `mark`. "\r\n" and a lone "\r" are one line end each.
Mark advance_mark(Mark mark, std::string_view text);

/// Characters (code points) in UTF-8 text.
std::size_t character_count(std::string_view text);

bool is_blank(char c);

} // namespace imgbuild::xml
