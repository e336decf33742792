// SPDX-License-Identifier: Apache-2.0
#include "xml/start_tag.hpp"

#include "base/text.hpp"
#include "xml/codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace imgbuild::xml {

namespace {

/// Those that word processors make of straight ones.
std::string_view without_typographic_quotes(std::string_view text) {
    for (const std::string_view quote : {"“", "”", "„", "‟", "‘", "’", "‚", "«", "»"}) {
        if (text.substr(0, quote.size()) == quote) {
            text.remove_prefix(quote.size());
        }
        if (text.size() >= quote.size() && text.substr(text.size() - quote.size()) == quote) {
            text.remove_suffix(quote.size());
        }
    }
    return text;
}

} // namespace

std::optional<StartTag> StartTagReader::read(Cursor& cursor) {
    const Mark start = cursor.mark();
    cursor.advance();
    StartTag tag;
    tag.name = cursor.take_name();
    if (tag.name.empty()) {
        no_tag(cursor, start);
        return std::nullopt;
    }
    tag.element = static_cast<std::uint32_t>(places_.elements.size());
    places_.elements.push_back(
        {.start = start,
         .first_attribute = static_cast<std::uint32_t>(places_.attributes.size()),
         .is_exact = !cursor.is_frozen()});
    scopes_.push_back(prefixes_.size());
    references_.count_defaults();
    while (true) {
        const bool blank_before = cursor.skip_blanks();
        const Next next = next_part(cursor, tag.name, start);
        if (next != Next::attribute) {
            tag.is_empty = next == Next::empty_end;
            break;
        }
        attribute(cursor, tag.name, blank_before);
    }
    ElementPlace& element = places_.elements.back();
    element.attribute_count =
        static_cast<std::uint32_t>(places_.attributes.size()) - element.first_attribute;
    check_duplicates(element);
    check_prefixes(tag.name, element);
    return tag;
}

/// What stands behind the "<" tells what was meant.
void StartTagReader::no_tag(Cursor& cursor, Mark start) {
    constexpr std::string_view conflict = "<<<<<<";
    if (cursor.skip(conflict)) {
        findings_.add(
            code::not_well_formed,
            start,
            "a merge left its conflict here",
            "keep one of the two versions, without the lines <<<<<<<, ======= and >>>>>>>");
        return;
    }
    Cursor ahead = cursor;
    std::string hint = "write &lt; if the character itself is meant";
    if (ahead.skip("\\")) {
        hint = fmt::format("write </{}>", ahead.take_name());
    } else if (ahead.skip_blanks()) {
        const std::string_view name = ahead.take_name();
        hint = name.empty() ? hint : fmt::format("write &lt;, or <{} without the blank", name);
    }
    findings_.add(code::not_well_formed, start, "\"<\" begins no tag here", std::move(hint));
}

void StartTagReader::leave() {
    prefixes_.resize(scopes_.back());
    scopes_.pop_back();
}

StartTagReader::Next StartTagReader::next_part(Cursor& cursor, std::string_view tag, Mark start) {
    if (cursor.skip(">")) {
        return Next::end;
    }
    if (cursor.skip("/>")) {
        return Next::empty_end;
    }
    if (cursor.at_end() || cursor.peek() == '<') {
        base::Diagnostic& finding = findings_.add(
            code::not_well_formed,
            start,
            fmt::format("the start tag of <{}> is not closed", tag),
            "write \">\" or \"/>\" at its end");
        finding.related = findings_.position(cursor.mark());
        finding.related_message =
            cursor.at_end() ? "the file ends here" : "the next tag begins here";
        throw Abandon();
    }
    return Next::attribute;
}

void StartTagReader::attribute(Cursor& cursor, std::string_view tag, bool blank_before) {
    AttributePlace place;
    place.name_mark = cursor.mark();
    const std::string_view name = cursor.take_name();
    if (name.empty()) {
        const std::string_view rest = cursor.rest();
        std::size_t length = 1;
        while (length < rest.size() &&
               (static_cast<unsigned char>(rest[length]) & 0xC0U) == 0x80U) {
            ++length;
        }
        findings_.add(
            code::attribute_syntax,
            place.name_mark,
            fmt::format("\"{}\" can't stand in the start tag of <{}>", rest.substr(0, length), tag),
            "attributes are written name=\"value\"");
        cursor.advance(length);
        skip_broken(cursor);
        return;
    }
    if (!blank_before) {
        findings_.add(
            code::attribute_syntax,
            place.name_mark,
            fmt::format("a blank is missing in front of the attribute {}", name));
    }
    cursor.skip_blanks();
    if (!cursor.skip("=")) {
        const bool has_colon = name.size() > 1 && name.back() == ':';
        findings_.add(
            code::attribute_syntax,
            place.name_mark,
            fmt::format("the attribute {} has no value", name),
            fmt::format("write {}=\"…\"", name.substr(0, name.size() - (has_colon ? 1 : 0))));
        // <a b "c">, <a b: "c">: what it probably is need not be said to be wrong, too.
        Cursor ahead = cursor;
        const char quote = ahead.peek();
        ahead.advance();
        if ((quote == '"' || quote == '\'') && ahead.take_until(std::string_view(&quote, 1))) {
            cursor = ahead;
        }
        return;
    }
    cursor.skip_blanks();
    place.name = name;
    if (!value(cursor, name, place)) {
        return;
    }
    places_.attributes.push_back(std::move(place));
    const std::size_t count = places_.attributes.size() - places_.elements.back().first_attribute;
    if (count > limits_.attributes_per_element) {
        findings_.add(
            code::too_many_attributes,
            places_.elements.back().start,
            fmt::format("<{}> has more than {} attributes", tag, limits_.attributes_per_element));
        throw Abandon();
    }
}

bool StartTagReader::value(Cursor& cursor, std::string_view name, AttributePlace& place) {
    const char quote = cursor.peek();
    if (quote != '"' && quote != '\'') {
        unquoted_value(cursor, name);
        return false;
    }
    const Mark quote_mark = cursor.mark();
    cursor.advance();
    place.value_mark = cursor.mark();
    const Cursor start = cursor;
    const char ends[] = {quote, '<', '&', '\0'};
    while (cursor.peek() != quote) {
        const std::size_t length = cursor.take_before(ends).size();
        references_.count(cursor.is_frozen() ? 0 : length);
        if (cursor.at_end()) {
            missing_quote(name, quote_mark);
            throw Abandon();
        }
        if (cursor.peek() == '&') {
            references_.read_in_value(cursor);
        } else if (
            cursor.peek() == '<' && !less_than_in_value(cursor, name, start, quote_mark, quote)) {
            return false;
        }
    }
    place.value_end = cursor.mark();
    cursor.advance();
    const std::string_view written =
        start.rest().substr(0, start.rest().size() - cursor.rest().size() - 1);
    const char next = cursor.peek();
    const bool goes_on = !is_blank(next) && next != '>' && next != '/' && !cursor.at_end();
    if (goes_on && !written.empty() && written.back() == '=') {
        // <a b="c d="e"/>: what looks like the closing quote opens the next value.
        missing_quote(name, quote_mark);
        skip_broken(cursor);
        return false;
    }
    return true;
}

void StartTagReader::unquoted_value(Cursor& cursor, std::string_view name) {
    const Mark mark = cursor.mark();
    Cursor ahead = cursor;
    std::string_view meant = ahead.take_before(" \t\r\n<>");
    if (ahead.peek() == '>' && !meant.empty() && meant.back() == '/') {
        meant.remove_suffix(1);
    }
    cursor.advance(meant.size());
    const std::string_view bare = without_typographic_quotes(meant);
    const bool is_secret = name.find("pass") != std::string_view::npos;
    findings_.add(
        code::attribute_syntax,
        mark,
        fmt::format(
            "the value of the attribute {} lacks its {}quotes",
            name,
            bare.size() < meant.size() ? "straight " : ""),
        fmt::format("write {}=\"{}\"", name, is_secret || meant.size() > 40 ? "…" : bare));
}

bool StartTagReader::less_than_in_value(
    Cursor& cursor, std::string_view name, const Cursor& start, Mark quote_mark, char quote) {
    const std::string_view rest = start.rest();
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::size_t here = cursor.offset() - start.offset();
    if (here < line.size() && line.find(quote, here) != std::string_view::npos) {
        findings_.add(
            code::attribute_syntax,
            cursor.mark(),
            fmt::format("\"<\" stands in the value of the attribute {}", name),
            "write &lt;");
        cursor.advance();
        return true;
    }
    missing_quote(name, quote_mark);
    cursor = start;
    skip_broken(cursor);
    return false;
}

void StartTagReader::missing_quote(std::string_view name, Mark mark) {
    findings_.add(
        code::attribute_syntax,
        mark,
        fmt::format("the value of the attribute {} has no closing quote", name),
        fmt::format("write {}=\"…\", with the same straight quote on both sides", name));
}

/// Before the end of the tag, or to the end of the line.
void StartTagReader::skip_broken(Cursor& cursor) {
    cursor.take_before("<>\n/");
    while (cursor.peek() == '/' && cursor.peek(1) != '>') {
        cursor.advance();
        cursor.take_before("<>\n/");
    }
}

bool StartTagReader::is_declared(std::string_view prefix) const {
    return prefix == "xml" || prefix == "xmlns" ||
           std::find(prefixes_.begin(), prefixes_.end(), prefix) != prefixes_.end();
}

void StartTagReader::check_prefixes(std::string_view tag, const ElementPlace& element) {
    const auto first = places_.attributes.begin() + element.first_attribute;
    const auto last = first + element.attribute_count;
    for (auto place = first; place != last; ++place) {
        if (place->name.rfind("xmlns:", 0) == 0) {
            prefixes_.push_back(place->name.substr(6));
        }
    }
    const auto check = [&](std::string_view name, Mark mark) {
        const std::size_t colon = name.find(':');
        if (colon == 0 || colon + 1 == name.size() || name.find(':', colon + 1) < name.size()) {
            findings_.add(
                code::undeclared_prefix,
                mark,
                fmt::format("the colon of {} is at a wrong place", name),
                "write prefix:name, or no colon");
        } else if (colon != std::string_view::npos && !is_declared(name.substr(0, colon))) {
            const std::string_view prefix = name.substr(0, colon);
            findings_.add(
                code::undeclared_prefix,
                mark,
                fmt::format("the prefix {} of {} is not declared", prefix, name),
                fmt::format("add xmlns:{}=\"…\" to an element around it", prefix));
        }
    };
    check(tag, element.start);
    for (auto place = first; place != last; ++place) {
        check(place->name, place->name_mark);
    }
}

void StartTagReader::check_duplicates(const ElementPlace& element) {
    std::vector<const AttributePlace*> sorted;
    sorted.reserve(element.attribute_count);
    for (std::uint32_t i = 0; i < element.attribute_count; ++i) {
        sorted.push_back(&places_.attributes[element.first_attribute + i]);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return a->name < b->name;
    });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        if (sorted[i]->name == sorted[i - 1]->name) {
            base::Diagnostic& finding = findings_.add(
                code::duplicate_attribute,
                sorted[i]->name_mark,
                fmt::format("the attribute {} stands twice in this tag", sorted[i]->name),
                "remove one of them");
            finding.related = findings_.position(sorted[i - 1]->name_mark);
            finding.related_message = "first given here";
        }
    }
}

} // namespace imgbuild::xml
