// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "xml/cursor.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::xml {

/// Finds the byte that stands at a line and column.
class LineMap {
public:
    /// @param text must outlive it.
    explicit LineMap(std::string_view text);

    /// The end of the text for a mark behind it.
    std::size_t offset(Mark mark) const;

private:
    std::string_view text_;
    std::vector<std::size_t> starts_;
};

/// [start, end) is replaced.
struct TextEdit {
    std::size_t start = 0;
    std::size_t end = 0;
    std::string text;

    bool operator==(const TextEdit&) const = default;
};

class EditCollector {
public:
    /// @param text must outlive it.
    explicit EditCollector(std::string_view text)
        : text_(text) {}

    void replace(std::size_t start, std::size_t end, std::string text);
    void insert(std::size_t at, std::string text);
    void remove(std::size_t start, std::size_t end);

    /// With the line, if nothing else stands on it.
    void remove_lines(std::size_t start, std::size_t end);

    std::vector<TextEdit> take() { return std::move(edits_); }

private:
    std::string_view text_;
    std::vector<TextEdit> edits_;
};

/// Equal edits count once; of two that overlap the one that begins first counts. Insertions at one
/// place keep their order.
std::string apply_edits(std::string_view text, std::vector<TextEdit> edits);

} // namespace imgbuild::xml
