// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What /etc/warewulf/excludes leaves out of an image, by Warewulf's own rules:
 *
 * - one pattern a line, slashes at both ends don't count, empty lines mean nothing; there are no
 *   comments, no negation and no `**`;
 * - a pattern is matched against the whole path relative to the root;
 * - `*` is any run of bytes without a slash, `?` one character but a slash, `[a-z]` and `[^a-z]` one
 *   character in or not in the class (which, as in Go's filepath.Match, may be a slash), `\c` is c;
 * - a directory that matches is left out with everything below it.
 */
#pragma once

#include "tree/inventory.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::tree {

/// Where an image says what is left out of it, relative to its root.
inline constexpr const char* excludes_path = "etc/warewulf/excludes";

/// A set of patterns. A value; thread-compatible.
class ExcludePatterns {
public:
    ExcludePatterns() = default;

    /// @param name of the place the patterns come from; messages are "name:line: …".
    /// @throws base::Error with exit code 2 for a pattern that is malformed, naming it and its line.
    ExcludePatterns(const std::vector<std::string>& patterns, const std::string& name);

    /// @param text the content of the file `name`.
    static ExcludePatterns parse(std::string_view text, const std::string& name);

    bool empty() const noexcept { return patterns_.empty(); }

    /// True if a pattern matches exactly this path; what is above it is not looked at.
    bool matches(std::string_view path) const;

    /// True if the path, or a directory it is in, matches.
    bool excludes(std::string_view path) const;

    /// What is left of an inventory. The root directory always is.
    Inventory apply_to(const Inventory& inventory) const;

private:
    /// What matches one character, or a run of plain bytes.
    struct Element {
        enum class Kind { literal, any_character, character_class };
        Kind kind = Kind::literal;
        std::string literal;
        bool negated = false;
        std::vector<std::pair<char32_t, char32_t>> ranges;
    };

    /// The elements between two stars.
    struct Chunk {
        bool after_star = false;
        std::vector<Element> elements;
    };

    using Pattern = std::vector<Chunk>;

    class Compiler;

    static std::string_view match_chunk(const Chunk& chunk, std::string_view text, bool& matched);
    static bool match(const Pattern& pattern, std::string_view path);

    std::vector<Pattern> patterns_;
};

} // namespace imgbuild::tree
