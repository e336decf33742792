// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace imgbuild::cli {

/// Colours for terminals (ECMA-48 "select graphic rendition"); plain text where they aren't wanted.
struct Style {
    bool enabled = false;

    /// @param code empty: the terminal's own colour. An empty text stays empty.
    std::string operator()(std::string_view code, std::string_view text) const {
        if (!enabled || code.empty() || text.empty()) {
            return std::string(text);
        }
        return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
    }
};

namespace sgr {

constexpr std::string_view bold = "1";
constexpr std::string_view dim = "2";
constexpr std::string_view red = "1;31";
constexpr std::string_view yellow = "1;33";
constexpr std::string_view cyan = "1;36";

} // namespace sgr

} // namespace imgbuild::cli
