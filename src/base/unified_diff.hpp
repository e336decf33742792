// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace imgbuild::base {

/// The difference of two texts as `diff -u` writes it, with three lines around each change; empty if
/// they are equal. For texts that differ in little: its time grows with what differs.
/// @param old_name, new_name for the first two lines.
std::string unified_diff(
    std::string_view old_text,
    std::string_view new_text,
    std::string_view old_name,
    std::string_view new_name);

} // namespace imgbuild::base
