// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * XSLT on documents, by libxslt. Whatever the document contains, a transformation reads and writes
 * no file, opens no connection, and does a bounded amount of work. Elements keep their places:
 * a private attribute carries each one's number through the stylesheets (xslt/upgrade_steps.hpp says
 * what they owe it) and is removed after.
 */
#pragma once

#include "xml/document.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

struct StylesheetState;

/// A compiled stylesheet. Immutable.
class Stylesheet {
public:
    /// @param text a stylesheet of imgbuild's own; never one that comes from outside.
    /// @param name for messages.
    static Stylesheet parse(std::string_view text, const std::string& name);

    Stylesheet(Stylesheet&&) noexcept;
    Stylesheet& operator=(Stylesheet&&) noexcept;
    Stylesheet(const Stylesheet&) = delete;
    Stylesheet& operator=(const Stylesheet&) = delete;
    ~Stylesheet();

private:
    friend class Transformation;
    explicit Stylesheet(std::unique_ptr<StylesheetState> state);
    std::unique_ptr<StylesheetState> state_;
};

/// What the stylesheets, one after the other, make of the document. All places are those of the
/// original: also of attributes that a stylesheet renamed.
/// @throws base::DescriptionError if the document uses the private namespaces, or would take too
///         much work.
Document transform(const Document& document, const std::vector<const Stylesheet*>& stylesheets);

} // namespace imgbuild::xml
