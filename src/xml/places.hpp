// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/cursor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

struct AttributePlace {
    /// With its prefix: as written, or as an upgrade renamed it.
    std::string name;
    /// As written, if an upgrade renamed it; else empty.
    std::string old_name;
    Mark name_mark;
    /// Of the first character of the value.
    Mark value_mark;
    /// Of the closing quote.
    Mark value_end;
};

struct ElementPlace {
    /// Of the "<".
    Mark start;
    /// Of the first text directly inside that is not blank; line 0 if there is none.
    Mark text;
    std::uint32_t first_attribute = 0;
    std::uint32_t attribute_count = 0;
    /// Which of the files that the document was made of.
    std::uint32_t file = 0;
    /// False if it comes from an entity: all its marks are those of the reference.
    bool is_exact = true;
};

/// Where everything of a document stands in the files that the user wrote. An element is known by
/// its ordinal in document order when it was read; the number travels with the element when the
/// document is changed (upgraded, included), so the places stay true.
struct Places {
    std::vector<std::string> files;
    std::vector<ElementPlace> elements;
    std::vector<AttributePlace> attributes;

    /// Null if the element had no such attribute when it was read.
    const AttributePlace* attribute(const ElementPlace& element, std::string_view name) const {
        for (std::uint32_t i = 0; i < element.attribute_count; ++i) {
            const AttributePlace& place = attributes[element.first_attribute + i];
            if (place.name == name) {
                return &place;
            }
        }
        return nullptr;
    }

    /// Takes in what stands in other files.
    /// @return how many elements there were before.
    std::size_t append(const Places& other) {
        const std::size_t before = elements.size();
        const auto file_offset = static_cast<std::uint32_t>(files.size());
        const auto attribute_offset = static_cast<std::uint32_t>(attributes.size());
        for (ElementPlace element : other.elements) {
            element.file += file_offset;
            element.first_attribute += attribute_offset;
            elements.push_back(element);
        }
        files.insert(files.end(), other.files.begin(), other.files.end());
        attributes.insert(attributes.end(), other.attributes.begin(), other.attributes.end());
        return before;
    }
};

} // namespace imgbuild::xml
