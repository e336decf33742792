// SPDX-License-Identifier: Apache-2.0
#include "cli/error_printer.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/display_text.hpp"
#include "cli/hide_secrets.hpp"
#include "cli/style.hpp"
#include "xml/encoding.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace imgbuild::cli {

namespace {

std::string label(base::Severity severity, const Style& style) {
    switch (severity) {
    case base::Severity::error:
        return style(sgr::red, "error");
    case base::Severity::warning:
        return style(sgr::yellow, "warning");
    case base::Severity::note:
        return style(sgr::cyan, "note");
    }
    return {};
}

/// Lines of the files that findings are in, each file read once.
class Excerpts {
public:
    /// Nothing if the file can't be read or has no such line.
    std::optional<std::string> line(const base::Position& position) {
        const auto [entry, is_new] = files_.try_emplace(position.file);
        if (is_new) {
            try {
                entry->second =
                    lines_of(base::read_file(position.file, std::size_t{64} << 20U), position.file);
            } catch (const base::Error&) {
                // The finding itself says enough.
            }
        }
        const auto index = static_cast<std::size_t>(position.line) - 1;
        return position.line > 0 && index < entry->second.size()
                   ? std::optional(entry->second[index])
                   : std::nullopt;
    }

private:
    /// As positions count them: in any encoding, and ended in any way.
    static std::vector<std::string> lines_of(const std::string& bytes, const std::string& file) {
        const xml::Decoded decoded = xml::decode(bytes, file);
        std::string text = hide_secrets(decoded.errors.empty() ? decoded.text : bytes);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) {
                text[i] = '\n';
            }
        }
        const std::vector<std::string_view> lines = base::split_lines(text);
        return {lines.begin(), lines.end()};
    }

    std::map<std::string, std::vector<std::string>> files_;
};

/// The beginning of a line that is `column` - 1 characters long.
std::string_view before_column(std::string_view line, int column) {
    std::size_t end = 0;
    int characters = 0;
    for (; end < line.size(); ++end) {
        const bool begins = (static_cast<unsigned char>(line[end]) & 0xc0U) != 0x80U;
        if (begins && ++characters == column) {
            break;
        }
    }
    return line.substr(0, end);
}

/// Escaped, but tabs stay.
std::string printable_with_tabs(std::string_view line) {
    std::vector<std::string> parts;
    for (const std::string_view part : base::split(line, '\t')) {
        parts.push_back(base::printable(part));
    }
    return base::join(parts, "\t");
}

/// Blanks as wide as `text` on a terminal. Tabs stay, so that both lines move alike.
std::string blank_out(std::string_view text) {
    std::vector<std::string> parts;
    for (const std::string_view part : base::split(text, '\t')) {
        parts.emplace_back(display_width(part), ' ');
    }
    return base::join(parts, "\t");
}

/// A long line is cut around the place, which moves with it.
std::string window(const std::string& line, int& column, int& end_column) {
    constexpr int widest = 160;
    constexpr int most_before = 60;
    if (before_column(line, widest + 1).size() == line.size()) {
        return line;
    }
    const int first = std::max(1, column - most_before);
    const std::string_view shown = std::string_view(line).substr(before_column(line, first).size());
    const std::string_view kept = before_column(shown, widest);
    const int moved = first > 1 ? first - 2 : 0;
    column -= moved;
    end_column = std::min(end_column - moved, widest);
    return (first > 1 ? "…" : "") + std::string(kept) + (kept.size() < shown.size() ? "…" : "");
}

/// The line, and a caret line under [column, end_column]; columns count characters.
std::string excerpt(
    const std::string& whole, const base::Position& position, int end_column, const Style& style) {
    // Nobody reads lines that long, and to count their characters for each finding takes long.
    constexpr std::size_t longest = 10'000;
    if (position.column <= 0 || whole.size() > longest) {
        return {};
    }
    int column = position.column;
    const std::string line = window(whole, column, end_column);
    const std::string_view before = before_column(line, column);
    const std::string_view until = before_column(line, std::max(end_column, column) + 1);
    const std::size_t marked = display_width(printable_with_tabs(until.substr(before.size())));
    const std::string number = std::to_string(position.line);
    return fmt::format(
        "  {} | {}\n  {} | {}{}\n",
        number,
        printable_with_tabs(line),
        std::string(number.size(), ' '),
        blank_out(printable_with_tabs(before)),
        style(sgr::red, "^" + std::string(marked > 0 ? marked - 1 : 0, '~')));
}

} // namespace

bool wants_color(When color, int fd) {
    if (color != When::automatic) {
        return color == When::always;
    }
    const char* const no_color = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return (no_color == nullptr || *no_color == '\0') && terminal != nullptr &&
           std::string_view(terminal) != "dumb" && ::isatty(fd) == 1;
}

std::string render_diagnostics(const std::vector<base::Diagnostic>& diagnostics, bool with_color) {
    const Style style{with_color};
    Excerpts excerpts;
    std::string text;
    for (const base::Diagnostic& found : diagnostics) {
        const std::string place = base::to_string(found.position);
        text += fmt::format(
            "{}{}: {}{}\n",
            place.empty() ? "" : style(sgr::bold, base::printable(place) + ": "),
            label(found.severity, style),
            base::printable(found.message),
            found.code.empty() ? "" : fmt::format(" [{}]", found.code));
        if (const auto line = excerpts.line(found.position)) {
            text += excerpt(*line, found.position, found.end_column, style);
        }
        if (found.related) {
            text += fmt::format(
                "  {}: {}\n",
                base::printable(base::to_string(*found.related)),
                base::printable(found.related_message));
        }
        if (!found.hint.empty()) {
            text +=
                fmt::format("  {}: {}\n", style(sgr::cyan, "hint"), base::printable(found.hint));
        }
    }
    return text;
}

std::string render_error(const base::Error& error, bool with_color) {
    if (const auto* description = dynamic_cast<const base::DescriptionError*>(&error)) {
        return render_diagnostics(description->diagnostics(), with_color);
    }
    const Style style{with_color};
    const std::string place =
        error.position() ? base::to_string(*error.position()) + ": " : std::string();
    std::string text = fmt::format(
        "{}{}: {}\n",
        style(sgr::bold, base::printable(place)),
        style(sgr::red, "error"),
        base::printable(error.what()));
    for (const std::string& line : error.details()) {
        text += fmt::format("  | {}\n", base::printable(line));
    }
    if (!error.hint().empty()) {
        text += fmt::format("  {}: {}\n", style(sgr::cyan, "hint"), base::printable(error.hint()));
    }
    return text;
}

void print_error(const base::Error& error, When color) {
    const std::string text = render_error(error, wants_color(color, STDERR_FILENO));
    // Nothing sensible is left to do if even standard error is gone.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) {
        return;
    }
}

} // namespace imgbuild::cli
