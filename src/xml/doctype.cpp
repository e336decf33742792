// SPDX-License-Identifier: Apache-2.0
#include "xml/doctype.hpp"

#include "xml/codes.hpp"
#include "xml/encoding.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace imgbuild::xml {

namespace {

/// Thrown when reading on makes no sense; the finding has been added.
struct Malformed {};

class DoctypeReader {
public:
    DoctypeReader(Cursor& cursor, Findings& findings)
        : cursor_(cursor)
        , findings_(findings) {}

    Doctype read() {
        cursor_.skip_blanks();
        if (cursor_.take_name().empty()) {
            fail("the DOCTYPE has no name");
        }
        cursor_.skip_blanks();
        if (cursor_.skip("SYSTEM")) {
            skip_literals(1);
        } else if (cursor_.skip("PUBLIC")) {
            skip_literals(2);
        }
        cursor_.skip_blanks();
        if (cursor_.skip("[")) {
            internal_subset();
        }
        cursor_.skip_blanks();
        if (!cursor_.skip(">")) {
            fail("the DOCTYPE is not closed with \">\"");
        }
        return std::move(doctype_);
    }

private:
    [[noreturn]] void fail(std::string message) {
        findings_.add(code::not_well_formed, cursor_.mark(), std::move(message));
        throw Malformed();
    }

    void internal_subset() {
        while (true) {
            cursor_.skip_blanks();
            if (cursor_.skip("]")) {
                return;
            }
            if (cursor_.skip("<!--")) {
                skip_past("-->", "the comment is not closed with \"-->\"");
            } else if (cursor_.skip("<?")) {
                skip_past("?>", "the processing instruction is not closed with \"?>\"");
            } else if (cursor_.skip("<!ENTITY")) {
                entity();
            } else if (cursor_.skip("<!ATTLIST")) {
                declaration(true);
            } else if (cursor_.skip("<!ELEMENT") || cursor_.skip("<!NOTATION")) {
                declaration(false);
            } else if (cursor_.peek() == '%') {
                refuse_parameter_entity();
            } else {
                fail(
                    cursor_.at_end() ? "the DOCTYPE is not closed with \"]>\""
                                     : "this is no declaration of a DOCTYPE");
            }
        }
    }

    void skip_past(std::string_view end, const char* otherwise) {
        if (!cursor_.take_until(end)) {
            fail(otherwise);
        }
    }

    [[noreturn]] void refuse_parameter_entity() {
        findings_.add(
            code::parameter_entity,
            cursor_.mark(),
            "parameter entities are not supported",
            "declare the entities directly in the DOCTYPE");
        throw Malformed();
    }

    std::string_view literal() {
        cursor_.skip_blanks();
        const char quote = cursor_.peek();
        if (quote != '"' && quote != '\'') {
            fail("a text in quotes is missing in the DOCTYPE");
        }
        cursor_.advance();
        const auto text = cursor_.take_until(std::string_view(&quote, 1));
        if (!text) {
            fail("a text in the DOCTYPE has no closing quote");
        }
        return *text;
    }

    void skip_literals(int count) {
        for (int i = 0; i < count; ++i) {
            literal();
        }
    }

    void declaration(bool has_defaults) {
        while (true) {
            cursor_.take_before("\"'>");
            if (cursor_.skip(">")) {
                return;
            }
            if (cursor_.at_end()) {
                fail("a declaration in the DOCTYPE is not closed with \">\"");
            }
            const std::string_view text = literal();
            if (has_defaults) {
                doctype_.attribute_defaults.push_back(text);
            }
        }
    }

    void entity() {
        cursor_.skip_blanks();
        const bool is_parameter = cursor_.skip("%");
        cursor_.skip_blanks();
        Entity entity;
        entity.mark = cursor_.mark();
        const std::string_view name = cursor_.take_name();
        if (name.empty()) {
            fail("an entity in the DOCTYPE has no name");
        }
        cursor_.skip_blanks();
        if (cursor_.skip("SYSTEM")) {
            skip_literals(1);
            entity.is_external = true;
        } else if (cursor_.skip("PUBLIC")) {
            skip_literals(2);
            entity.is_external = true;
        } else {
            entity.replacement = replacement(literal());
        }
        cursor_.skip_blanks();
        if (entity.is_external && cursor_.skip("NDATA")) {
            cursor_.skip_blanks();
            cursor_.take_name();
            cursor_.skip_blanks();
        }
        if (!cursor_.skip(">")) {
            fail("the declaration of an entity is not closed with \">\"");
        }
        if (!is_parameter) {
            // The first declaration counts, as XML says.
            doctype_.entities.emplace(std::string(name), std::move(entity));
        }
    }

    std::string replacement(std::string_view value) {
        if (value.find('%') != std::string_view::npos) {
            refuse_parameter_entity();
        }
        std::string text;
        while (!value.empty()) {
            const std::size_t start = value.find("&#");
            text += value.substr(0, start);
            if (start == std::string_view::npos) {
                break;
            }
            value.remove_prefix(start + 2);
            const std::size_t end = value.find(';');
            const auto character = character_reference(value.substr(0, end));
            if (end == std::string_view::npos || !character) {
                fail("a character reference in an entity's value is wrong");
            }
            text += *character;
            value.remove_prefix(end + 1);
        }
        return text;
    }

    Cursor& cursor_;
    Findings& findings_;
    Doctype doctype_;
};

} // namespace

std::optional<Doctype> read_doctype(Cursor& cursor, Findings& findings) {
    try {
        return DoctypeReader(cursor, findings).read();
    } catch (const Malformed&) {
        return std::nullopt;
    }
}

std::optional<std::string> character_reference(std::string_view digits) {
    int base = 10;
    if (!digits.empty() && digits.front() == 'x') {
        digits.remove_prefix(1);
        base = 16;
    }
    std::uint32_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
    if (digits.empty() || stop != end || error != std::errc()) {
        return std::nullopt;
    }
    return utf8_character(number);
}

} // namespace imgbuild::xml
