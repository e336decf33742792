// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * An XML document as the user wrote it: elements, attributes and text, each with its place in the
 * file. libxml2 parses; places come from our own scan of the source bytes, since libxml2 keeps no
 * columns and its line numbers end at 65,535. Nothing is ever fetched: no external entity, no DTD.
 */
#pragma once

#include "base/diagnostic.hpp"
#include "base/position.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// Bounds for hostile documents.
struct Limits {
    std::size_t bytes = std::size_t{16} << 20U;
    std::size_t depth = 64;
    /// Bytes of text and attributes after entities are expanded.
    std::size_t expanded_bytes = std::size_t{64} << 20U;
    std::size_t attributes_per_element = 256;
};

struct Attribute {
    std::string name;
    std::string value;
    /// Of the attribute's name.
    base::Position position;
    /// Of the first character of its value.
    base::Position value_position;
    /// Of the last character of its value, if that is on the same line; else 0.
    int value_end_column = 0;
};

class Document;
class Transformation;
struct DocumentState;

/// A light handle; valid while its Document lives.
class Element {
public:
    /// Local name.
    std::string_view name() const;

    /// Of the "<" of the start tag.
    base::Position position() const;

    /// Nothing if the element has no such attribute. Attributes with a prefix are known by
    /// "prefix:name" as written.
    std::optional<std::string> attribute(std::string_view name) const;

    /// Where the attribute stands; where the element stands if it has no such attribute.
    base::Position attribute_position(std::string_view name) const;

    /// In the order of the file.
    std::vector<Attribute> attributes() const;

    /// Child elements in the order of the file.
    std::vector<Element> children() const;

    /// Child elements of that name.
    std::vector<Element> children(std::string_view name) const;

    /// All text directly inside the element, trimmed.
    std::string text() const;

    /// Where that text begins; where the element stands if it has none.
    base::Position text_position() const;

private:
    friend class Document;
    friend class Schema;

    Element(const Document* document, void* node)
        : document_(document)
        , node_(node) {}

    const Document* document_;
    /// An xmlNode; libxml2 stays out of this header.
    void* node_;
};

/// A parsed document, perhaps made of several files. Not thread-safe.
class Document {
public:
    /// @param text the bytes of the file (UTF-8 with or without BOM, UTF-16, or as declared).
    /// @param file how positions name it.
    /// @throws base::DescriptionError with all that is wrong, if this is not well-formed or exceeds
    ///         the limits.
    static Document parse(std::string text, std::string file, const Limits& limits = {});

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    ~Document();

    Element root() const;

    const std::string& file() const;

    /// All that it was made of, the first one first; a file that was included twice stands twice.
    const std::vector<std::string>& files() const;

    /// Puts the child elements of the other document's outermost element in the place of an element
    /// below the root. They keep their places in their own file. The handle, and others of the
    /// replaced element, are no longer valid.
    void replace(const Element& element, const Document& other);

private:
    friend class Element;
    friend class Rewriter;
    friend class Schema;
    friend class Transformation;
    explicit Document(std::unique_ptr<DocumentState> state);
    std::unique_ptr<DocumentState> state_;
};

} // namespace imgbuild::xml
