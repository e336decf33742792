// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What the codes of messages mean: the sections of docs/codes.md, which is part of the program.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::description {

struct CodeInfo {
    /// "E101"
    std::string_view code;
    /// "unknown-element"
    std::string_view name;
    /// Markdown: what it means and what to do.
    std::string_view explanation;
};

/// All codes, in the order of the page.
const std::vector<CodeInfo>& codes();

/// By code or name, in any case of letters; null if there is none.
const CodeInfo* find_code(std::string_view word);

/// The explanation as a terminal shows it: examples indented instead of fenced.
std::string plain_explanation(const CodeInfo& info);

} // namespace imgbuild::description
