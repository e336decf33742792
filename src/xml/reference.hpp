// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a schema says about each of its elements, for people.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// What a text may be: one of these words, or of these forms ("a whole number").
struct ValueReference {
    std::vector<std::string> words;
    std::vector<std::string> forms;
    /// Words may be joined by this; NUL: only one.
    char separator = '\0';
    bool may_be_empty = false;
};

struct AttributeReference {
    /// With its prefix, if the schema gives it one.
    std::string name;
    std::string documentation;
    ValueReference value;
    bool is_required = false;
};

struct ChildReference {
    std::string name;
    /// Of the element in `read_reference`'s result.
    std::size_t element = 0;
    bool is_required = false;
    bool is_repeatable = false;
};

struct ElementReference {
    std::string name;
    std::string documentation;
    std::vector<AttributeReference> attributes;
    std::vector<ChildReference> children;
    /// Of its text, if it may have one.
    bool has_text = false;
    ValueReference text;
    /// Numbers of the elements that may hold it.
    std::vector<std::size_t> parents;
};

/// The elements of a schema, each behind its first parent, in the schema's order. Elements and
/// attributes that may have any name are left out.
/// @throws base::Error if it can't be read.
std::vector<ElementReference> read_reference(std::string_view rng);

} // namespace imgbuild::xml
