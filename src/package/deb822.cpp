// SPDX-License-Identifier: Apache-2.0
#include "package/deb822.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace imgbuild::package {
namespace {

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
}

/// The length of the first line of `text`, its end not counted.
std::size_t line_length(std::string_view text) {
    const std::size_t end = text.find('\n');
    return end == std::string_view::npos ? text.size() : end;
}

void drop_line(std::string_view& text) {
    text.remove_prefix(std::min(line_length(text) + 1, text.size()));
}

} // namespace

bool Deb822Reader::next_stanza() {
    while (!rest_.empty() && (rest_.front() == '\n' || rest_.front() == '\r')) {
        rest_.remove_prefix(1);
    }
    if (rest_.empty()) {
        return false;
    }
    const std::size_t end = std::min(rest_.find("\n\n"), rest_.size());
    stanza_ = rest_.substr(0, end);
    fields_ = stanza_;
    rest_.remove_prefix(end);
    return true;
}

std::optional<Deb822Field> Deb822Reader::next_field() {
    while (!fields_.empty()) {
        const std::size_t length = line_length(fields_);
        const std::string_view line = fields_.substr(0, length);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' ||
            line.front() == '\t' || line.front() == '#') {
            drop_line(fields_);
            continue;
        }
        std::size_t end = length;
        while (end + 1 < fields_.size() && (fields_[end + 1] == ' ' || fields_[end + 1] == '\t')) {
            end += 1 + line_length(fields_.substr(end + 1));
        }
        const Deb822Field field{
            line.substr(0, colon), base::trim(fields_.substr(colon + 1, end - colon - 1))};
        fields_.remove_prefix(std::min(end + 1, fields_.size()));
        return field;
    }
    return std::nullopt;
}

bool same_field(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
}

} // namespace imgbuild::package
