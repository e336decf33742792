// SPDX-License-Identifier: Apache-2.0
#include "cli/hide_secrets.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace imgbuild::cli {

namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_name_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// "password", "luks", and whatever a hasty hand makes of them. "pwdformat" is no secret.
bool speaks_of_password(std::string_view name) {
    static constexpr std::array<std::string_view, 5> parts = {
        "pass", "pasw", "psw", "word", "secret"};
    const std::string lower = base::to_lower(name);
    return lower == "pwd" || lower == "luks" ||
           std::any_of(parts.begin(), parts.end(), [&lower](std::string_view part) {
               return lower.find(part) != std::string::npos;
           });
}

/// The name that ends before `end`, blanks passed over.
std::string_view name_before(std::string_view text, std::size_t end) {
    while (end > 0 && blanks.find(text[end - 1]) != std::string_view::npos) {
        --end;
    }
    std::size_t start = end;
    while (start > 0 && is_name_byte(text[start - 1])) {
        --start;
    }
    return text.substr(start, end - start);
}

} // namespace

std::string hide_secrets(std::string text) {
    std::string shown;
    shown.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at++];
        shown += c;
        if (c != '=' || !speaks_of_password(name_before(text, at - 1))) {
            continue;
        }
        const std::size_t value = std::min(text.find_first_not_of(blanks, at), text.size());
        shown.append(text, at, value - at);
        at = value;
        const bool is_quoted = at < text.size() && (text[at] == '"' || text[at] == '\'');
        // A value whose quote is missing ends where a word does.
        const std::string ends = is_quoted ? std::string(1, text[at]) : std::string(blanks) + ">";
        if (is_quoted) {
            shown += text[at++];
        }
        for (; at < text.size() && ends.find(text[at]) == std::string::npos; ++at) {
            const bool continues = (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
            if (text[at] == '\n') {
                shown += '\n';
            } else if (!continues) {
                shown += '*';
            }
        }
    }
    return shown;
}

} // namespace imgbuild::cli
