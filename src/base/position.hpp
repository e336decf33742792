// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace imgbuild::base {

/// A place in a file that the user wrote. Lines and columns count from 1; 0 means "not known".
/// Columns count characters, not bytes.
struct Position {
    std::string file;
    int line = 0;
    int column = 0;

    bool operator==(const Position&) const = default;
};

/// "file:line:column", leaving out what is not known.
std::string to_string(const Position& position);

} // namespace imgbuild::base
