// SPDX-License-Identifier: Apache-2.0
#include "base/shell_quoted.hpp"

#include <algorithm>
#include <cctype>

namespace imgbuild::base {

std::string shell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

std::string shell_word(std::string_view text) {
    const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("_-./:=,@%+").find(c) != std::string_view::npos;
    });
    return is_plain ? std::string(text) : shell_quoted(text);
}

} // namespace imgbuild::base
