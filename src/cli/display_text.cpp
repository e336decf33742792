// SPDX-License-Identifier: Apache-2.0
#include "cli/display_text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace imgbuild::cli {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Blocks rather than single characters: a line that is cut a column early is no harm, one that wraps
// is. Unicode 15, UAX #11 (wide and fullwidth) and general categories Mn, Me, Cf.
constexpr std::array wide_ranges = {
    Range{0x1100, 0x115f},   Range{0x231a, 0x231b},   Range{0x2329, 0x232a},
    Range{0x23e9, 0x23f3},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},
    Range{0x26a1, 0x26a1},   Range{0x2705, 0x2705},   Range{0x274c, 0x274e},
    Range{0x2753, 0x2757},   Range{0x2795, 0x2797},   Range{0x2b1b, 0x2b1c},
    Range{0x2b50, 0x2b55},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},
    Range{0x3400, 0x4dbf},   Range{0x4e00, 0xa4cf},   Range{0xa960, 0xa97c},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe10, 0xfe19},
    Range{0xfe30, 0xfe6f},   Range{0xff01, 0xff60},   Range{0xffe0, 0xffe6},
    Range{0x16fe0, 0x18cd5}, Range{0x1aff0, 0x1b2fb}, Range{0x1f004, 0x1f004},
    Range{0x1f0cf, 0x1f0cf}, Range{0x1f18e, 0x1f19a}, Range{0x1f200, 0x1f320},
    Range{0x1f32d, 0x1f64f}, Range{0x1f680, 0x1f6ff}, Range{0x1f7e0, 0x1f7eb},
    Range{0x1f90c, 0x1f9ff}, Range{0x1fa70, 0x1faff}, Range{0x20000, 0x3fffd},
};

constexpr std::array zero_ranges = {
    Range{0x0300, 0x036f},
    Range{0x0483, 0x0489},
    Range{0x0591, 0x05bd},
    Range{0x0610, 0x061a},
    Range{0x064b, 0x065f},
    Range{0x1ab0, 0x1aff},
    Range{0x1dc0, 0x1dff},
    Range{0x200b, 0x200f},
    Range{0x202a, 0x202e},
    Range{0x2060, 0x2064},
    Range{0x20d0, 0x20f0},
    Range{0xfe00, 0xfe0f},
    Range{0xfe20, 0xfe2f},
    Range{0xfeff, 0xfeff},
    Range{0xe0100, 0xe01ef},
};

template <std::size_t size>
bool is_in(const std::array<Range, size>& ranges, char32_t c) {
    const auto after =
        std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t value, const Range& range) {
            return value < range.first;
        });
    return after != ranges.begin() && c <= std::prev(after)->last;
}

struct Character {
    std::size_t bytes = 1;
    std::size_t width = 1;
};

/// The first character of a text that isn't empty.
Character first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    bytes = std::min(bytes, text.size());
    if (bytes == 1) {
        return {};
    }
    char32_t c = lead & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        c = c << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
    }
    return {bytes, is_in(zero_ranges, c) ? 0U : is_in(wide_ranges, c) ? 2U : 1U};
}

/// The longest beginning of `text` that fits.
std::string_view beginning(std::string_view text, std::size_t width) {
    std::size_t end = 0;
    std::size_t used = 0;
    while (end < text.size()) {
        const Character c = first_character(text.substr(end));
        if (used + c.width > width) {
            break;
        }
        end += c.bytes;
        used += c.width;
    }
    return text.substr(0, end);
}

/// Takes from `word` the part that goes on a line of its own: up to the last comma that fits.
std::string_view take_line(std::string_view& word, std::size_t width) {
    std::string_view part = beginning(word, std::max<std::size_t>(width, 2));
    const std::size_t comma = part.rfind(',');
    if (comma != std::string_view::npos) {
        part = part.substr(0, comma + 1);
    }
    word.remove_prefix(part.size());
    return part;
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const Character c = first_character(text);
        width += c.width;
        text.remove_prefix(c.bytes);
    }
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) {
        return std::string(text);
    }
    constexpr std::string_view dots = "...";
    if (width <= dots.size()) {
        return std::string(beginning(text, width));
    }
    return std::string(beginning(text, width - dots.size())) + std::string(dots);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    for (const std::string_view paragraph : base::split(text, '\n')) {
        std::string line;
        for (std::string_view word : base::split_words(paragraph)) {
            if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
                lines.push_back(std::move(line));
                line.clear();
            }
            while (display_width(word) > std::max<std::size_t>(width, 2)) {
                lines.emplace_back(take_line(word, width));
            }
            line += (line.empty() ? "" : " ") + std::string(word);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace imgbuild::cli
