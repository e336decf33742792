// SPDX-License-Identifier: Apache-2.0
#include "xml/wording.hpp"

#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "xml/cursor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::xml {

namespace {

constexpr std::size_t longest_list = 8;
constexpr std::size_t longest_quotation = 40;

std::string list(const std::vector<std::string>& items, std::string_view last_word) {
    std::vector<std::string> shown = items;
    if (items.size() > longest_list) {
        shown.resize(longest_list - 2);
        shown.push_back(fmt::format("{} more", items.size() - shown.size()));
        last_word = "and";
    }
    std::string text;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (i > 0) {
            text += i + 1 == shown.size() ? fmt::format(" {} ", last_word) : ", ";
        }
        text += shown[i];
    }
    return text;
}

std::vector<std::string> in_brackets(const std::vector<std::string_view>& names) {
    std::vector<std::string> items;
    items.reserve(names.size());
    for (const std::string_view name : names) {
        items.push_back(fmt::format("<{}>", name));
    }
    return items;
}

std::vector<std::string> as_strings(const std::vector<std::string_view>& names) {
    return {names.begin(), names.end()};
}

/// The alternatives of a value.
struct Alternatives {
    std::vector<std::string_view> values;
    std::vector<const Datatype*> datatypes;
};

void collect(const Pattern* pattern, Alternatives& found) {
    if (pattern->kind == Pattern::Kind::value) {
        found.values.push_back(pattern->value);
    } else if (pattern->kind == Pattern::Kind::data) {
        found.datatypes.push_back(pattern->datatype);
    } else if (pattern->first != nullptr) {
        collect(pattern->first, found);
        if (pattern->second != nullptr) {
            collect(pattern->second, found);
        }
    }
}

/// Those that have a word in common with the value: "apt-deb" and "deb-dir" for "deb".
std::vector<std::string_view>
related_values(const std::string& value, const std::vector<std::string_view>& values) {
    const auto words_of = [](std::string_view text) {
        std::string words = base::to_lower(text);
        std::replace(words.begin(), words.end(), '-', ' ');
        std::replace(words.begin(), words.end(), '_', ' ');
        std::vector<std::string> parts;
        for (const std::string_view part : base::split_words(words)) {
            parts.emplace_back(part);
        }
        return parts;
    };
    const std::vector<std::string> wanted = words_of(value);
    std::vector<std::string_view> found;
    std::copy_if(values.begin(), values.end(), std::back_inserter(found), [&](const auto& one) {
        const std::vector<std::string> words = words_of(one);
        return std::find_first_of(words.begin(), words.end(), wanted.begin(), wanted.end()) !=
               words.end();
    });
    return found;
}

/// For lists of fixed words: which word is none of them.
std::string wrong_word(const Datatype::WordList& list, std::string_view value) {
    for (const std::string_view part : base::split(value, list.separator)) {
        if (std::find(list.words.begin(), list.words.end(), part) == list.words.end()) {
            if (base::trim(part) != part && !base::trim(part).empty()) {
                return fmt::format("write no blank at \"{}\"", part);
            }
            const std::string near = base::did_you_mean(part, list.words);
            const std::string expected = fmt::format(
                "{} may be {}{}",
                quoted(part),
                word_list(list.words),
                list.separator == ',' ? ", several separated by commas" : "");
            return sentences(near, expected);
        }
    }
    return {};
}

} // namespace

std::vector<std::string_view> names_of(const std::vector<const Declaration*>& declarations) {
    std::vector<std::string_view> names;
    for (const Declaration* declaration : declarations) {
        const std::string_view name = declaration->names.local;
        const bool is_new = std::find(names.begin(), names.end(), name) == names.end();
        if (!name.empty() && is_new) {
            names.push_back(name);
        }
    }
    return names;
}

std::string element_list(const std::vector<std::string_view>& names) {
    return list(in_brackets(names), "and");
}

std::string word_list(const std::vector<std::string_view>& names) {
    return list(as_strings(names), "or");
}

std::string
did_you_mean_element(std::string_view name, const std::vector<std::string_view>& candidates) {
    const std::vector<std::string> near = base::nearest_names(name, candidates);
    if (near.empty()) {
        return {};
    }
    const std::vector<std::string_view> names(near.begin(), near.end());
    return fmt::format("did you mean {}?", list(in_brackets(names), "or"));
}

std::string surely_meant(std::string_view name, const std::vector<std::string_view>& candidates) {
    const std::vector<std::string> near = base::nearest_names(name, candidates, 2);
    if (near.empty()) {
        return {};
    }
    const bool is_sure =
        near.size() == 1 || base::edit_distance(name, near[0]) < base::edit_distance(name, near[1]);
    return is_sure ? near[0] : std::string();
}

std::string sentences(const std::string& first, const std::string& second) {
    if (first.empty() || second.empty()) {
        return first + second;
    }
    const bool is_question = first.back() == '?';
    return first + (is_question ? " " : "; ") + second;
}

std::string quoted(std::string_view text) {
    const std::string line = collapse_blanks(text);
    std::string shown = line;
    if (character_count(line) > longest_quotation) {
        std::size_t end = 0;
        for (std::size_t characters = 0; characters < longest_quotation; ++characters) {
            do {
                ++end;
            } while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U);
        }
        shown = line.substr(0, end) + "…";
    }
    return fmt::format("\"{}\"", base::printable(shown));
}

std::string expected_value(const Pattern* pattern, std::string_view value) {
    Alternatives alternatives;
    collect(pattern, alternatives);
    const std::string text = collapse_blanks(value);
    if (alternatives.values.empty() && alternatives.datatypes.size() == 1) {
        const Datatype::WordList words = alternatives.datatypes.front()->word_list();
        if (!words.words.empty()) {
            return wrong_word(words, text);
        }
    }
    std::vector<std::string> descriptions = as_strings(alternatives.values);
    for (const Datatype* datatype : alternatives.datatypes) {
        descriptions.push_back(datatype->description());
    }
    if (descriptions.empty()) {
        return "it must be empty";
    }
    std::string near = base::did_you_mean(text, alternatives.values);
    if (near.empty()) {
        const std::vector<std::string_view> related = related_values(text, alternatives.values);
        near = related.empty() ? "" : fmt::format("did you mean {}?", word_list(related));
    }
    if (descriptions.size() == 1 && !near.empty()) {
        return near;
    }
    return sentences(
        near,
        fmt::format(
            "it {} be {}", descriptions.size() == 1 ? "must" : "may", list(descriptions, "or")));
}

} // namespace imgbuild::xml
