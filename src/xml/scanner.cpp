// SPDX-License-Identifier: Apache-2.0
#include "xml/scanner.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/references.hpp"
#include "xml/start_tag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace imgbuild::xml {

namespace {

/// XML 1.0, or a later version that can be read as if it were that.
bool is_version(std::string_view value) {
    return value.substr(0, 2) == "1." &&
           value.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

/// In names of encodings.
constexpr std::string_view declaration_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/// Whether this is what stands in an XML declaration: version, and perhaps encoding and standalone.
bool is_xml_declaration(Cursor& cursor) {
    for (const std::string_view name : {"version", "encoding", "standalone"}) {
        Cursor before = cursor;
        if (!cursor.skip_blanks() || !cursor.skip(name)) {
            if (name == "version") {
                return false;
            }
            cursor = before;
            continue;
        }
        cursor.skip_blanks();
        const bool has_value = cursor.skip("=");
        cursor.skip_blanks();
        const char quote = cursor.peek();
        cursor.advance();
        const auto value = cursor.take_until(std::string_view(&quote, 1));
        const bool is_quoted = quote == '"' || quote == '\'';
        if (!has_value || !is_quoted || !value || value->empty() ||
            value->find_first_not_of(declaration_characters) != std::string_view::npos) {
            return false;
        }
        const bool is_right = name == "version"
                                  ? is_version(*value)
                                  : name == "encoding" || *value == "yes" || *value == "no";
        if (!is_right) {
            return false;
        }
    }
    cursor.skip_blanks();
    return cursor.at_end();
}

class Scanner {
public:
    Scanner(std::string_view text, const std::string& file, const Limits& limits)
        : text_(text)
        , limits_(limits)
        , findings_(file)
        , references_(findings_, limits)
        , start_tags_(findings_, references_, places_, limits) {
        places_.files.push_back(file);
    }

    Scan run() {
        try {
            Cursor cursor(text_);
            if (cursor.starts_with("<?xml") &&
                (is_blank(cursor.peek(5)) || cursor.peek(5) == '?')) {
                xml_declaration(cursor);
            }
            content(cursor, 0);
            finish(cursor);
        } catch (const Abandon&) {
            // What was found is said; reading on would only make up more.
        }
        return {std::move(places_), findings_.take()};
    }

private:
    struct Open {
        std::string_view name;
        Mark mark;
        std::uint32_t element;
    };

    std::string_view take_until(Cursor& cursor, std::string_view end, std::string otherwise) {
        const Mark mark = cursor.mark();
        const auto taken = cursor.take_until(end);
        if (!taken) {
            findings_.add(code::not_well_formed, mark, std::move(otherwise));
            throw Abandon();
        }
        return *taken;
    }

    void xml_declaration(Cursor& cursor) {
        cursor.advance(5);
        const auto declared = cursor.take_until("?>");
        if (!declared) {
            findings_.add(
                code::not_well_formed,
                {1, 1},
                "the XML declaration is not closed with \"?>\"",
                "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>");
            throw Abandon();
        }
        Cursor inside(*declared);
        if (!is_xml_declaration(inside)) {
            findings_.add(
                code::not_well_formed,
                {1, 1},
                "the XML declaration is malformed",
                "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        }
    }

    /// @param base how many elements were open where this text began: they can't be closed in it.
    void content(Cursor& cursor, std::size_t base) {
        while (!cursor.at_end()) {
            if (findings_.is_full()) {
                throw Abandon();
            }
            if (cursor.peek() == '&') {
                reference(cursor);
            } else if (cursor.peek() != '<') {
                text(cursor);
            } else if (cursor.peek(1) == '/') {
                end_tag(cursor, base);
            } else if (cursor.peek(1) == '!') {
                declaration(cursor);
            } else if (cursor.peek(1) == '?') {
                instruction(cursor);
            } else {
                start_tag(cursor);
            }
        }
    }

    void text(Cursor& cursor) {
        cursor.skip_blanks();
        if (cursor.at_end() || cursor.peek() == '<' || cursor.peek() == '&') {
            return;
        }
        note_text(cursor);
        const Mark mark = cursor.mark();
        const std::string_view taken = cursor.take_before("<&");
        count(cursor, taken.size());
        const std::size_t end_of_cdata = taken.find("]]>");
        if (end_of_cdata != std::string_view::npos && !open_.empty()) {
            findings_.add(
                code::not_well_formed,
                cursor.is_frozen() ? mark : advance_mark(mark, taken.substr(0, end_of_cdata)),
                "\"]]>\" stands in text, but no CDATA section is open",
                "write ]]&gt;");
        }
    }

    void count(const Cursor& cursor, std::size_t bytes) {
        if (!cursor.is_frozen()) {
            references_.count(bytes);
        }
    }

    /// Text that is not blank begins here.
    void note_text(Cursor& cursor) {
        if (!open_.empty()) {
            Mark& mark = places_.elements[open_.back().element].text;
            if (mark.line == 0) {
                mark = cursor.mark();
            }
            return;
        }
        if (!text_outside_reported_) {
            text_outside_reported_ = true;
            findings_.add(
                code::one_root,
                cursor.mark(),
                root_name_.empty()
                    ? "there is text in front of the first element"
                    : fmt::format("there is text outside the outermost element <{}>", root_name_),
                root_name_.empty() ? "a description begins with \"<\"" : "remove it");
        }
    }

    void reference(Cursor& cursor) {
        note_text(cursor);
        const Mark mark = cursor.mark();
        const Entity* const entity = references_.read(cursor);
        if (entity == nullptr) {
            return;
        }
        const std::size_t base = open_.size();
        const References::Expansion expansion(references_, *entity, mark);
        Cursor inner(entity->replacement, mark);
        content(inner, base);
        if (open_.size() > base) {
            findings_.add(
                code::not_well_formed,
                mark,
                fmt::format("the entity opens <{}> but does not close it", open_.back().name));
            open_.resize(base);
        }
    }

    void declaration(Cursor& cursor) {
        const Mark mark = cursor.mark();
        if (cursor.skip("<!--")) {
            comment(cursor, mark);
        } else if (cursor.starts_with("<![CDATA[") && !open_.empty()) {
            cursor.advance(9);
            Cursor inside = cursor;
            const std::string_view data =
                take_until(cursor, "]]>", "the CDATA section is not closed with \"]]>\"");
            count(cursor, data.size());
            inside.skip_blanks();
            if (inside.offset() < cursor.offset() - 3) {
                note_text(inside);
            }
        } else if (cursor.starts_with("<!DOCTYPE") && !cursor.is_frozen()) {
            cursor.advance(9);
            if (!root_name_.empty() || doctype_seen_) {
                findings_.add(
                    code::not_well_formed, mark, "a DOCTYPE stands only in front of all elements");
                throw Abandon();
            }
            doctype_seen_ = true;
            auto doctype = read_doctype(cursor, findings_);
            if (!doctype) {
                throw Abandon();
            }
            references_.set_doctype(std::move(*doctype), mark);
        } else {
            findings_.add(
                code::not_well_formed,
                mark,
                "\"<!\" begins neither a comment nor a CDATA section",
                "a comment is written <!-- … -->");
            throw Abandon();
        }
    }

    void comment(Cursor& cursor, Mark start) {
        const auto body = cursor.take_until("--");
        if (!body) {
            findings_.add(
                code::not_well_formed,
                start,
                "the comment is not closed with \"-->\"",
                "write \"-->\" where it ends");
            throw Abandon();
        }
        if (cursor.skip(">")) {
            return;
        }
        const Mark mark =
            cursor.is_frozen() ? start : advance_mark({start.line, start.column + 4}, *body);
        const bool is_nested = body->size() >= 2 && body->substr(body->size() - 2) == "<!";
        base::Diagnostic& finding = findings_.add(
            code::not_well_formed,
            mark,
            "\"--\" stands inside a comment",
            is_nested ? "a comment can't hold another one: remove the \"<!--\" and \"-->\" of the "
                        "inner one"
                      : "XML allows it only as a part of the closing \"-->\"; write \"- -\" or "
                        "\"==\"");
        finding.related = findings_.position(start);
        finding.related_message = "the comment begins here";
        take_until(cursor, "-->", "the comment is not closed with \"-->\"");
    }

    void instruction(Cursor& cursor) {
        const Mark mark = cursor.mark();
        cursor.advance(2);
        const std::string_view target = cursor.take_name();
        if (target == "xml") {
            findings_.add(
                code::not_well_formed,
                mark,
                "the XML declaration must be the very first thing in the file",
                "remove what stands in front of it, blank lines too");
        } else if (target.empty() || !(is_blank(cursor.peek()) || cursor.starts_with("?>"))) {
            findings_.add(code::not_well_formed, mark, "\"<?\" begins no processing instruction");
        }
        take_until(cursor, "?>", "the processing instruction is not closed with \"?>\"");
    }

    void start_tag(Cursor& cursor) {
        const Mark mark = cursor.mark();
        const std::optional<StartTag> tag = start_tags_.read(cursor);
        if (!tag) {
            return;
        }
        if (open_.empty() && !root_name_.empty()) {
            base::Diagnostic& finding = findings_.add(
                code::one_root,
                mark,
                fmt::format(
                    "<{}> stands behind the end of the outermost element <{}>",
                    tag->name,
                    root_name_),
                fmt::format("move it in front of </{}>", root_name_));
            finding.related = findings_.position(root_end_);
            finding.related_message = fmt::format("<{}> ends here", root_name_);
            throw Abandon();
        }
        if (root_name_.empty()) {
            root_name_ = tag->name;
        }
        if (tag->is_empty) {
            start_tags_.leave();
            root_end_ = mark;
            return;
        }
        open_.push_back({tag->name, mark, tag->element});
        if (open_.size() > limits_.depth) {
            findings_.add(
                code::too_deep,
                mark,
                fmt::format("elements are nested more than {} deep", limits_.depth));
            throw Abandon();
        }
    }

    void end_tag(Cursor& cursor, std::size_t base) {
        const Mark mark = cursor.mark();
        cursor.advance(2);
        const std::string_view name = cursor.take_name();
        cursor.skip_blanks();
        if (name.empty() || !cursor.skip(">")) {
            findings_.add(
                code::not_well_formed,
                mark,
                fmt::format("the end tag </{} is not closed with \">\"", name));
            cursor.take_before("<>");
            cursor.skip(">");
        }
        if (open_.size() > base && open_.back().name == name) {
            close(mark);
            return;
        }
        mismatch(name, mark, base);
    }

    void close(Mark mark) {
        open_.pop_back();
        start_tags_.leave();
        root_end_ = mark;
    }

    void mismatch(std::string_view name, Mark mark, std::size_t base) {
        if (open_.size() == base) {
            findings_.add(
                code::mismatched_tag,
                mark,
                fmt::format("</{}> closes nothing: no element is open here", name),
                "remove it, or add the start tag that it belongs to");
            return;
        }
        const Open innermost = open_.back();
        const auto same = std::find_if(
            open_.rbegin(), open_.rend() - static_cast<std::ptrdiff_t>(base), [&](const Open& o) {
                return o.name == name;
            });
        const bool is_outer = same != open_.rend() - static_cast<std::ptrdiff_t>(base);
        // Any two names of one or two letters are near each other.
        const bool is_misspelt =
            name.size() > 2 && !base::nearest_names(name, {innermost.name}).empty();
        base::Diagnostic& finding = findings_.add(
            code::mismatched_tag,
            mark,
            fmt::format(
                "</{}> does not close <{}>, which is open since line {}",
                name,
                innermost.name,
                innermost.mark.line),
            is_outer || !is_misspelt
                ? fmt::format("write </{}> in front of it", innermost.name)
                : fmt::format(
                      "one of the two is misspelt: write </{}> here, or <{}> in line {}",
                      innermost.name,
                      name,
                      innermost.mark.line));
        finding.related = findings_.position(innermost.mark);
        finding.related_message = fmt::format("<{}> was opened here", innermost.name);
        if (is_outer) {
            const bool holds_others = innermost.element + 1 < places_.elements.size();
            if (holds_others) {
                finding.hint = fmt::format(
                    "close <{0}> where it ends: with \"/>\" in line {1} if it is empty, else with "
                    "</{0}>",
                    innermost.name,
                    innermost.mark.line);
            }
            const auto left = static_cast<std::size_t>(open_.rend() - same) - 1;
            while (open_.size() > left) {
                close(mark);
            }
        } else if (is_misspelt) {
            close(mark);
        } else {
            finding.hint = fmt::format(
                "remove </{}>, or write </{}> instead if that was meant", name, innermost.name);
        }
    }

    void finish(Cursor& cursor) {
        if (!open_.empty()) {
            const Open innermost = open_.back();
            base::Diagnostic& finding = findings_.add(
                code::unclosed_element,
                last_line_mark(cursor),
                fmt::format(
                    "the file ends, but <{}> is open since line {}",
                    innermost.name,
                    innermost.mark.line),
                fmt::format("write </{}> where the element ends", innermost.name));
            finding.related = findings_.position(innermost.mark);
            finding.related_message = fmt::format("<{}> was opened here", innermost.name);
        } else if (root_name_.empty() && !text_outside_reported_) {
            findings_.add(
                code::one_root,
                {1, 1},
                text_.empty() ? "the file is empty" : "there is no element in the file",
                "a description has one outermost element, <image>");
        }
    }

    /// The end of the text, but not the empty line that editors do not show behind the last one.
    Mark last_line_mark(Cursor& end) const {
        if (text_.empty() || text_.back() != '\n') {
            return end.mark();
        }
        return advance_mark({1, 1}, text_.substr(0, text_.size() - 1));
    }

    std::string_view text_;
    const Limits& limits_;
    Places places_;
    Findings findings_;
    References references_;
    StartTagReader start_tags_;
    std::vector<Open> open_;
    std::string_view root_name_;
    Mark root_end_;
    bool doctype_seen_ = false;
    bool text_outside_reported_ = false;
};

} // namespace

Scan scan(std::string_view text, const std::string& file, const Limits& limits) {
    return Scanner(text, file, limits).run();
}

} // namespace imgbuild::xml
