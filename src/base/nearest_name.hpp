// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::base {

/// Edit distance with insertions, deletions, substitutions and swaps of neighbours (optimal string
/// alignment), in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidates that a person may have meant by `name`, nearest first, at most `limit` of them;
/// empty if none is near enough (a third of the name's length, at least one edit). If none is, those
/// that `name` abbreviates: "repository" for "repo", unless these are too many to mean something.
std::vector<std::string> nearest_names(
    std::string_view name, const std::vector<std::string_view>& candidates, std::size_t limit = 3);

/// "did you mean a, b or c?" for the names that `nearest_names` finds; empty if it finds none.
std::string did_you_mean(
    std::string_view name, const std::vector<std::string_view>& candidates, std::size_t limit = 3);

} // namespace imgbuild::base
