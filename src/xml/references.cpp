// SPDX-License-Identifier: Apache-2.0
#include "xml/references.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace imgbuild::xml {

namespace {

/// What the expansion of an entity counts beside its text: what is empty in the end costs time too.
constexpr std::size_t expansion_overhead = 32;

constexpr std::array<std::string_view, 5> predefined = {"amp", "lt", "gt", "quot", "apos"};

bool is_predefined(std::string_view name) {
    return std::find(predefined.begin(), predefined.end(), name) != predefined.end();
}

} // namespace

void References::set_doctype(Doctype doctype, Mark mark) {
    doctype_ = std::move(doctype);
    doctype_mark_ = mark;
    // Each element may get every default once more, with what its entities stand for.
    constexpr std::size_t attribute_node = 64;
    std::size_t size = 0;
    for (const std::string_view value : doctype_.attribute_defaults) {
        const std::size_t before = expanded_;
        expand_value(value, mark);
        size += value.size() + (expanded_ - before) + attribute_node;
    }
    defaults_size_ = size;
}

const Entity* References::read(Cursor& cursor) {
    const Mark mark = cursor.mark();
    cursor.advance();
    if (cursor.skip("#")) {
        const std::string_view digits = cursor.take_before(";<&\"' \t\r\n");
        if (!cursor.skip(";") || !character_reference(digits)) {
            findings_.add(
                code::bad_reference,
                mark,
                fmt::format("&#{}; is no character", base::printable(digits.substr(0, 20))),
                "write a decimal number as in &#169; or a hexadecimal one as in &#xA9;");
        }
        return nullptr;
    }
    const std::string_view name = cursor.take_name();
    if (name.empty()) {
        findings_.add(code::bad_reference, mark, "\"&\" begins no reference here", "write &amp;");
        return nullptr;
    }
    if (!cursor.skip(";")) {
        findings_.add(
            code::bad_reference,
            mark,
            fmt::format("the reference &{} lacks its semicolon", name),
            fmt::format("write &amp;{} if the character \"&\" is meant", name));
        return nullptr;
    }
    if (is_predefined(name)) {
        count(1);
        return nullptr;
    }
    const auto found = doctype_.entities.find(name);
    if (found == doctype_.entities.end()) {
        std::vector<std::string_view> known(predefined.begin(), predefined.end());
        for (const auto& [known_name, entity] : doctype_.entities) {
            known.push_back(known_name);
        }
        const std::string near = base::did_you_mean(name, known);
        findings_.add(
            code::bad_reference,
            mark,
            fmt::format("the entity &{}; is not declared", name),
            near.empty() ? fmt::format("write &amp;{}; if the character \"&\" is meant", name)
                         : near);
        return nullptr;
    }
    if (found->second.is_external) {
        base::Diagnostic& finding = findings_.add(
            code::external_entity,
            mark,
            fmt::format("&{}; refers to something outside this file, which is never read", name),
            "use <include> for parts of a description, or write the text here");
        finding.related = findings_.position(found->second.mark);
        finding.related_message = "declared here";
        return nullptr;
    }
    return &found->second;
}

void References::read_in_value(Cursor& cursor) {
    const Mark mark = cursor.mark();
    const Entity* const entity = read(cursor);
    if (entity != nullptr) {
        const Expansion expansion(*this, *entity, mark);
        expand_value(entity->replacement, mark);
    }
}

void References::expand_value(std::string_view value, Mark mark) {
    Cursor cursor(value, mark);
    while (!cursor.at_end()) {
        cursor.take_before("&<");
        if (cursor.peek() == '&') {
            read_in_value(cursor);
        } else if (cursor.skip("<")) {
            findings_.add(
                code::attribute_syntax,
                mark,
                "the entity contains \"<\", which an attribute's value must not");
            throw Abandon();
        }
    }
}

void References::count(std::size_t bytes) {
    check(bytes);
    expanded_ += bytes;
}

void References::check(std::size_t bytes) const {
    if (expanded_ + bytes > limits_.expanded_bytes) {
        findings_.add(
            code::entity_expansion,
            doctype_mark_.line == 0 ? Mark{1, 1} : doctype_mark_,
            fmt::format(
                "the document expands to more than {}", base::format_bytes(limits_.expanded_bytes)),
            "write the text itself instead of entities that contain each other");
        throw Abandon();
    }
}

References::Expansion::Expansion(References& references, const Entity& entity, Mark mark)
    : references_(references) {
    auto& open = references.open_;
    const bool is_recursive = std::find(open.begin(), open.end(), &entity) != open.end();
    if (is_recursive || open.size() >= references.limits_.depth) {
        base::Diagnostic& finding = references.findings_.add(
            code::entity_expansion,
            mark,
            is_recursive ? "the entity contains itself"
                         : fmt::format("entities are nested more than {} deep", open.size()));
        finding.related = references.findings_.position(entity.mark);
        finding.related_message = "declared here";
        throw Abandon();
    }
    if (open.empty()) {
        // A bomb is refused before it goes off.
        references.check(references.cost(entity, 0));
    }
    references.count(entity.replacement.size() + expansion_overhead);
    open.push_back(&entity);
}

/// An estimate of what an entity counts, with all that is in it. What is nested too deep, or in
/// itself, counts nothing here; its expansion fails.
std::size_t References::cost(const Entity& entity, std::size_t depth) {
    const auto [known, is_new] = costs_.emplace(&entity, 0);
    if (!is_new || depth > limits_.depth) {
        return known->second;
    }
    std::size_t total = entity.replacement.size() + expansion_overhead;
    Cursor cursor(entity.replacement);
    while (!cursor.at_end() && total <= limits_.expanded_bytes) {
        cursor.take_before("&");
        cursor.advance();
        const auto inner = doctype_.entities.find(cursor.take_name());
        if (inner != doctype_.entities.end()) {
            total += cost(inner->second, depth + 1);
        }
    }
    known->second = total;
    return total;
}

} // namespace imgbuild::xml
