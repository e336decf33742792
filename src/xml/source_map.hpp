// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// Where the tags of an element stand in a text: offsets in bytes.
struct ElementSpan {
    /// Of the "<".
    std::size_t start = 0;
    /// Behind the name in the start tag.
    std::size_t name_end = 0;
    /// Behind the ">" of the start tag.
    std::size_t content = 0;
    /// Of the "</" of the end tag; the same as `end` if the start tag is all there is.
    std::size_t end_tag = 0;
    /// Behind the element.
    std::size_t end = 0;
};

/// The elements of a well-formed text, in its order; not those that entities bring.
std::vector<ElementSpan> element_spans(std::string_view text);

} // namespace imgbuild::xml
