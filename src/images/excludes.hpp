// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What an image's own /etc/warewulf/excludes leaves out of what nodes load. A file is read as Warewulf
 * reads it (tree::ExcludePatterns) unless its first line is the marker "#!imgbuild". Then
 *
 * - lines that begin with "#" are comments,
 * - "**" stands for any number of directories, also none,
 * - "!" before a pattern takes back what lines above it left out, with the directories it lies in,
 * - the last line that matches a path, or a directory it lies in, decides.
 *
 * To Warewulf the marker is a pattern that matches nothing.
 */
#pragma once

#include "root/root.hpp"
#include "tree/exclude_patterns.hpp"
#include "tree/inventory.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

/// A value; thread-compatible.
class Excludes {
public:
    Excludes() = default;

    /// @throws base::Error with exit code 2 for a malformed pattern, with its line.
    static Excludes parse(std::string_view text, const std::string& name);

    /// Of the image; none if it has no such file.
    /// @throws base::Error if something else than a file stands there, or it is larger than a list of
    ///         patterns can be.
    static Excludes of(const root::Root& root);

    bool excludes(std::string_view path) const;

    /// What is left; the root directory always is, and so are the directories of what is taken back.
    tree::Inventory apply_to(const tree::Inventory& inventory) const;

private:
    struct Rule {
        bool takes_back = false;
        /// One pattern a directory level; empty patterns stand for "**".
        std::vector<tree::ExcludePatterns> levels;
    };

    static Rule parse_rule(std::string_view line, const std::string& name);
    static bool matches(const Rule& rule, const std::vector<std::string_view>& path);
    bool matches_or_holds(const Rule& rule, const std::vector<std::string_view>& path) const;

    bool is_extended_ = false;
    tree::ExcludePatterns plain_;
    std::vector<Rule> rules_;
};

/// Where the file stands in an image.
inline constexpr std::string_view excludes_path = "etc/warewulf/excludes";

} // namespace imgbuild::images
