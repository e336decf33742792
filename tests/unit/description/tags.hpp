// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Where the tags and attributes of a well-formed document stand in its text, so that a test can break
 * it in one place.
 */
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace imgbuild::test {

struct AttributeText {
    std::string name;
    std::string value;
    /// Offsets of name and value.
    std::size_t start = 0;
    std::size_t value_start = 0;
};

struct Tag {
    std::string name;
    /// Offset of "<".
    std::size_t start = 0;
    /// Offset behind the element.
    std::size_t end = 0;
    /// Offset of the name in the end tag.
    std::size_t end_name = 0;
    bool is_empty = false;
    /// Number of the element around it; its own for the outermost one.
    std::size_t parent = 0;
    std::vector<AttributeText> attributes;
};

struct Tags {
    std::vector<Tag> list;
};

inline int line_of(const std::string& text, std::size_t offset) {
    return 1 + static_cast<int>(std::count(
                   text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

/// Reads the attributes behind `at`. @returns the offset of ">" or "/>".
inline std::size_t read_attributes(const std::string& text, std::size_t at, Tag& tag) {
    while (true) {
        at = text.find_first_not_of(" \t\r\n", at);
        if (text[at] == '>' || text[at] == '/') {
            return at;
        }
        AttributeText attribute;
        attribute.start = at;
        at = text.find_first_of(" \t\r\n=", at);
        attribute.name = text.substr(attribute.start, at - attribute.start);
        at = text.find_first_of("\"'", at);
        attribute.value_start = at + 1;
        at = text.find(text[at], at + 1);
        attribute.value = text.substr(attribute.value_start, at - attribute.value_start);
        ++at;
        tag.attributes.push_back(std::move(attribute));
    }
}

/// The document must be well-formed and may have comments, but no CDATA and no DOCTYPE with elements.
inline Tags read_tags(const std::string& text) {
    Tags tags;
    std::vector<std::size_t> open;
    std::size_t at = 0;
    while ((at = text.find('<', at)) != std::string::npos) {
        if (text.compare(at, 4, "<!--") == 0) {
            at = text.find("-->", at);
        } else if (text[at + 1] == '?' || text[at + 1] == '!') {
            at = text.find('>', at);
        } else if (text[at + 1] == '/') {
            Tag& tag = tags.list[open.back()];
            open.pop_back();
            tag.end_name = at + 2;
            at = text.find('>', at);
            tag.end = at + 1;
        } else {
            Tag tag;
            tag.start = at;
            const std::size_t name_end = text.find_first_of(" \t\r\n/>", at);
            tag.name = text.substr(at + 1, name_end - at - 1);
            at = read_attributes(text, name_end, tag);
            tag.is_empty = text[at] == '/';
            tag.end = text.find('>', at) + 1;
            tag.parent = open.empty() ? tags.list.size() : open.back();
            if (!tag.is_empty) {
                open.push_back(tags.list.size());
            }
            tags.list.push_back(std::move(tag));
        }
    }
    return tags;
}

} // namespace imgbuild::test
