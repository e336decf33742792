// SPDX-License-Identifier: Apache-2.0
#include "tree/exclude_patterns.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace imgbuild::tree {

namespace {

struct Character {
    char32_t code = 0;
    std::size_t length = 1;
    bool valid = true;
};

/// The character at the start of a text that is not empty. A byte that starts no valid UTF-8 is a
/// character of its own, U+FFFD.
Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    constexpr Character invalid{0xfffd, 1, false};
    if (first < 0x80) {
        return {first, 1, true};
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) {
        return invalid;
    }
    char32_t code = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) {
            return invalid;
        }
        code = code << 6U | (byte(i) & 0x3fU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return invalid;
    }
    return {code, length, true};
}

std::string_view without_slashes(std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of('/'), text.size());
    const std::size_t last = text.find_last_not_of('/');
    return text.substr(first, last == std::string_view::npos ? 0 : last + 1 - first);
}

} // namespace

/// Takes one pattern apart; gives nothing if it is malformed.
class ExcludePatterns::Compiler {
public:
    explicit Compiler(std::string_view text)
        : rest_(text) {}

    std::optional<Pattern> compile() {
        Pattern pattern(1);
        while (!rest_.empty()) {
            if (rest_.front() == '*') {
                rest_.remove_prefix(1);
                if (!pattern.back().elements.empty() || !pattern.back().after_star) {
                    pattern.emplace_back();
                }
                pattern.back().after_star = true;
            } else if (!add_element(pattern.back())) {
                return std::nullopt;
            }
        }
        return pattern;
    }

private:
    bool add_element(Chunk& chunk) {
        const char c = rest_.front();
        if (c == '?') {
            rest_.remove_prefix(1);
            chunk.elements.push_back({.kind = Element::Kind::any_character});
            return true;
        }
        if (c == '[') {
            rest_.remove_prefix(1);
            return add_class(chunk);
        }
        if (c == '\\') {
            rest_.remove_prefix(1);
            if (rest_.empty()) {
                return false;
            }
        }
        if (chunk.elements.empty() || chunk.elements.back().kind != Element::Kind::literal) {
            chunk.elements.emplace_back();
        }
        chunk.elements.back().literal += rest_.front();
        rest_.remove_prefix(1);
        return true;
    }

    bool add_class(Chunk& chunk) {
        Element element{.kind = Element::Kind::character_class};
        if (rest_.starts_with('^')) {
            element.negated = true;
            rest_.remove_prefix(1);
        }
        while (element.ranges.empty() || !rest_.starts_with(']')) {
            const std::optional<char32_t> low = class_character();
            if (!low) {
                return false;
            }
            std::optional<char32_t> high = low;
            if (rest_.starts_with('-')) {
                rest_.remove_prefix(1);
                high = class_character();
                if (!high) {
                    return false;
                }
            }
            element.ranges.emplace_back(*low, *high);
        }
        rest_.remove_prefix(1);
        chunk.elements.push_back(std::move(element));
        return true;
    }

    /// One end of a range. Something must follow it: at least the bracket that closes the class.
    std::optional<char32_t> class_character() {
        if (rest_.empty() || rest_.front() == '-' || rest_.front() == ']') {
            return std::nullopt;
        }
        if (rest_.front() == '\\') {
            rest_.remove_prefix(1);
            if (rest_.empty()) {
                return std::nullopt;
            }
        }
        const Character character = first_character(rest_);
        rest_.remove_prefix(character.length);
        if (!character.valid || rest_.empty()) {
            return std::nullopt;
        }
        return character.code;
    }

    std::string_view rest_;
};

ExcludePatterns::ExcludePatterns(
    const std::vector<std::string>& patterns, const std::string& name) {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        const std::string_view text = without_slashes(patterns[i]);
        if (text.empty()) {
            continue;
        }
        std::optional<Pattern> pattern = Compiler(text).compile();
        if (!pattern) {
            throw base::Error(
                fmt::format(
                    "{}:{}: malformed pattern {}", name, i + 1, base::printable(patterns[i])),
                base::ExitCode::usage)
                .set_hint("a class needs its ], a backslash something behind it; \\[ is a plain [");
        }
        patterns_.push_back(std::move(*pattern));
    }
}

ExcludePatterns ExcludePatterns::parse(std::string_view text, const std::string& name) {
    std::vector<std::string> lines;
    for (const std::string_view line : base::split_lines(text)) {
        lines.emplace_back(line);
    }
    return {lines, name};
}

/// @returns what is left of `text` behind the chunk, if `matched`.
std::string_view
ExcludePatterns::match_chunk(const Chunk& chunk, std::string_view text, bool& matched) {
    matched = false;
    for (const Element& element : chunk.elements) {
        if (element.kind == Element::Kind::literal) {
            if (!text.starts_with(element.literal)) {
                return {};
            }
            text.remove_prefix(element.literal.size());
            continue;
        }
        if (text.empty()) {
            return {};
        }
        const Character character = first_character(text);
        if (element.kind == Element::Kind::any_character) {
            if (text.front() == '/') {
                return {};
            }
        } else {
            const bool inside =
                std::any_of(element.ranges.begin(), element.ranges.end(), [&](const auto& range) {
                    return range.first <= character.code && character.code <= range.second;
                });
            if (inside == element.negated) {
                return {};
            }
        }
        text.remove_prefix(character.length);
    }
    matched = true;
    return text;
}

bool ExcludePatterns::match(const Pattern& pattern, std::string_view path) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const Chunk& chunk = pattern[i];
        const bool last = i + 1 == pattern.size();
        if (last && chunk.after_star && chunk.elements.empty()) {
            return path.find('/') == std::string_view::npos;
        }
        // A star takes as little as it can; what follows has to make do with that.
        const std::size_t most = chunk.after_star ? std::min(path.find('/'), path.size()) : 0;
        bool found = false;
        for (std::size_t taken = 0; taken <= most && !found; ++taken) {
            bool matched = false;
            const std::string_view left = match_chunk(chunk, path.substr(taken), matched);
            if (matched && (left.empty() || !last)) {
                path = left;
                found = true;
            }
        }
        if (!found) {
            return false;
        }
    }
    return path.empty();
}

bool ExcludePatterns::matches(std::string_view path) const {
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        return match(pattern, path);
    });
}

bool ExcludePatterns::excludes(std::string_view path) const {
    for (std::size_t end = path.find('/'); end != std::string_view::npos;
         end = path.find('/', end + 1)) {
        if (matches(path.substr(0, end))) {
            return true;
        }
    }
    return !path.empty() && matches(path);
}

Inventory ExcludePatterns::apply_to(const Inventory& inventory) const {
    if (empty()) {
        return inventory;
    }
    std::vector<Entry> kept;
    std::optional<std::string_view> pruned;
    for (const Entry& entry : inventory.entries()) {
        if (pruned && is_below(entry.path, *pruned)) {
            continue;
        }
        if (!entry.path.empty() && matches(entry.path)) {
            pruned = entry.path;
            continue;
        }
        kept.push_back(entry);
    }
    return Inventory(std::move(kept));
}

} // namespace imgbuild::tree
