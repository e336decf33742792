// SPDX-License-Identifier: Apache-2.0
#include "images/block_yaml.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace imgbuild::images {

namespace {

constexpr std::size_t none = std::string_view::npos;

struct Line {
    std::size_t indent = 0;
    std::string_view text;
    int number = 0;
};

/// Where `wanted` stands outside of quotes and brackets; `none` if it does not.
/// A colon only counts before a blank or the end, a hash only after a blank or at the start.
std::size_t find_plain(std::string_view text, char wanted) {
    char quote = 0;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == '\\' && quote == '"') {
                ++i;
            } else if (c == quote) {
                quote = 0;
            }
            continue;
        }
        const bool at_start = i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t';
        const bool at_end = i + 1 == text.size() || text[i + 1] == ' ';
        if (c == wanted && depth == 0 &&
            (wanted == '#'   ? at_start
             : wanted == ':' ? at_end
                             : true)) {
            return i;
        }
        if ((c == '"' || c == '\'') && (at_start || depth > 0)) {
            quote = c;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return none;
}

std::string unquoted(std::string_view text) {
    text = base::trim(text);
    if (text.size() < 2 || text.front() != text.back() ||
        (text.front() != '"' && text.front() != '\'')) {
        return text == "~" || text == "null" ? std::string() : std::string(text);
    }
    const char quote = text.front();
    std::string plain;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        const bool is_escape = text[i] == (quote == '"' ? '\\' : '\'');
        if (is_escape && i + 2 < text.size()) {
            ++i;
        }
        plain += text[i];
    }
    return plain;
}

/// True if the text begins a quoted text, a list or a map in brackets that does not end in it.
bool is_open(std::string_view text) {
    constexpr std::string_view starts = "\"'[{";
    if (text.empty() || starts.find(text.front()) == none) {
        return false;
    }
    char quote = 0;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            i += c == '\\' && quote == '"' ? 1U : 0U;
            quote = c == quote ? '\0' : quote;
        } else if ((c == '"' || c == '\'') && (i == 0 || depth > 0)) {
            quote = c;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return quote != 0 || depth > 0;
}

class Parser {
public:
    Parser(std::string_view text, const std::string& name)
        : name_(name) {
        int number = 0;
        for (std::string_view line : base::split_lines(text)) {
            ++number;
            if (const std::size_t comment = find_plain(line, '#'); comment != none) {
                line = line.substr(0, comment);
            }
            const std::size_t indent = line.find_first_not_of(' ');
            const std::string_view content = base::trim(line);
            if (!content.empty() && content != "---" && content != "...") {
                lines_.push_back({indent, content, number});
            }
        }
    }

    YamlValue parse() {
        YamlValue value = block(0);
        if (next_ < lines_.size()) {
            fail("this line's indentation fits nothing above it");
        }
        return value;
    }

private:
    // Nobody nests configuration deeper; the limit keeps a hostile file from using up the stack.
    static constexpr int deepest = 60;

    [[noreturn]] void fail(const std::string& what) const {
        fail(what, lines_[std::min(next_, lines_.size() - 1)].number);
    }

    [[noreturn]] void fail(const std::string& what, int number) const {
        throw base::Error(what, base::ExitCode::usage).at({name_, number, 0});
    }

    bool is_at(std::size_t indent) const {
        return next_ < lines_.size() && lines_[next_].indent == indent;
    }

    static bool is_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

    /// What stands at the next line, if that is indented at least so far.
    YamlValue block(std::size_t least) {
        if (next_ >= lines_.size() || lines_[next_].indent < least) {
            return {};
        }
        if (++depth_ > deepest) {
            fail("nested too deeply");
        }
        const std::size_t indent = lines_[next_].indent;
        YamlValue value;
        if (is_item(lines_[next_].text)) {
            while (is_at(indent) && is_item(lines_[next_].text)) {
                value.items.push_back(item());
            }
        } else if (find_plain(lines_[next_].text, ':') == none) {
            value = text_or_flow(lines_[next_].text, least);
        } else {
            while (is_at(indent) && !is_item(lines_[next_].text)) {
                value.members.push_back(member());
            }
        }
        --depth_;
        return value;
    }

    YamlValue item() {
        Line& line = lines_[next_];
        const std::size_t below = line.indent + 1;
        const std::size_t start = line.text.find_first_not_of(' ', 1);
        if (start == none) {
            ++next_;
            return block(below);
        }
        // What follows the dash is a block of its own that begins at its column.
        line.indent += start;
        line.text.remove_prefix(start);
        return block(below);
    }

    std::pair<std::string, YamlValue> member() {
        const Line line = lines_[next_];
        const std::size_t colon = find_plain(line.text, ':');
        if (colon == none) {
            fail("expected \"NAME: VALUE\"");
        }
        std::string name = unquoted(line.text.substr(0, colon));
        const std::string_view rest = base::trim(line.text.substr(colon + 1));
        if (rest.starts_with('|') || rest.starts_with('>')) {
            ++next_;
            return {std::move(name), long_text(line.indent)};
        }
        if (!rest.empty()) {
            return {std::move(name), text_or_flow(rest, line.indent + 1)};
        }
        ++next_;
        // The items of a list may stand below their name without indentation.
        const bool has_items = is_at(line.indent) && is_item(lines_[next_].text);
        return {std::move(name), block(has_items ? line.indent : line.indent + 1)};
    }

    YamlValue long_text(std::size_t indent) {
        YamlValue value;
        for (; next_ < lines_.size() && lines_[next_].indent > indent; ++next_) {
            value.scalar += lines_[next_].text;
            value.scalar += '\n';
        }
        return value;
    }

    /// What begins with `first` in the next line and goes on in those below it: all that are indented at least
    /// so far, or, in quotes and brackets, all up to the end.
    YamlValue text_or_flow(std::string_view first, std::size_t least) {
        const int number = lines_[next_++].number;
        std::string text(first);
        if (std::string_view("&*!").find(text[0]) != none) {
            fail("anchors, aliases and tags are not understood", number);
        }
        while (next_ < lines_.size() && (is_open(text) || lines_[next_].indent >= least)) {
            const bool is_plain = !is_open(text) && std::string_view("\"'[{").find(text[0]) == none;
            const bool is_name = find_plain(lines_[next_].text, ':') != none;
            if (!is_open(text) && (!is_plain || is_name)) {
                fail("this line's indentation fits nothing above it");
            }
            text += " " + std::string(lines_[next_++].text);
        }
        if (is_open(text)) {
            fail("the quotation or bracket that begins here has no end", number);
        }
        return flow(text, number);
    }

    YamlValue flow(std::string_view text, int number) {
        YamlValue value;
        const bool is_list = text.starts_with('[') && text.ends_with(']');
        const bool is_map = text.starts_with('{') && text.ends_with('}');
        if (!is_list && !is_map) {
            value.scalar = unquoted(text);
            return value;
        }
        if (++depth_ > deepest) {
            fail("nested too deeply", number);
        }
        std::string_view rest = base::trim(text.substr(1, text.size() - 2));
        while (!rest.empty()) {
            const std::size_t comma = find_plain(rest, ',');
            const std::string_view part = base::trim(rest.substr(0, comma));
            rest = comma == none ? std::string_view() : base::trim(rest.substr(comma + 1));
            if (is_list) {
                value.items.push_back(flow(part, number));
                continue;
            }
            const std::size_t colon = find_plain(part, ':');
            if (colon == none) {
                fail("expected \"NAME: VALUE\" in the brackets", number);
            }
            value.members.emplace_back(
                unquoted(part.substr(0, colon)), flow(base::trim(part.substr(colon + 1)), number));
        }
        --depth_;
        return value;
    }

    const std::string& name_;
    std::vector<Line> lines_;
    std::size_t next_ = 0;
    int depth_ = 0;
};

} // namespace

const YamlValue* YamlValue::find(std::string_view name) const {
    const auto found = std::find_if(
        members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
    return found == members.end() ? nullptr : &found->second;
}

std::string YamlValue::text(std::string_view name) const {
    const YamlValue* const value = find(name);
    return value == nullptr ? std::string() : value->scalar;
}

YamlValue parse_block_yaml(std::string_view text, const std::string& name) {
    return Parser(text, name).parse();
}

} // namespace imgbuild::images
