// SPDX-License-Identifier: Apache-2.0
#include "cli/error_printer.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

namespace imgbuild::cli {

namespace {

struct Style {
    bool enabled = false;

    std::string operator()(std::string_view code, std::string_view text) const {
        return enabled ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
    }
};

constexpr std::string_view bold = "1";
constexpr std::string_view red = "1;31";
constexpr std::string_view yellow = "1;33";
constexpr std::string_view cyan = "1;36";

std::string label(base::Severity severity, const Style& style) {
    switch (severity) {
    case base::Severity::error:
        return style(red, "error");
    case base::Severity::warning:
        return style(yellow, "warning");
    case base::Severity::note:
        return style(cyan, "note");
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
                const std::string text = base::read_file(position.file, std::size_t{64} << 20U);
                for (const std::string_view one : base::split_lines(text)) {
                    entry->second.emplace_back(one);
                }
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
    std::map<std::string, std::vector<std::string>> files_;
};

/// The line, and a caret line under [column, end_column]. Tabs are kept as they are, so both lines
/// move alike; columns count characters.
std::string excerpt(
    const std::string& line, const base::Position& position, int end_column, const Style& style) {
    constexpr std::size_t widest = 200;
    if (line.size() > widest || position.column <= 0) {
        return {};
    }
    std::string blank;
    int column = 1;
    for (std::size_t i = 0; i < line.size() && column < position.column; ++i) {
        if ((static_cast<unsigned char>(line[i]) & 0xc0U) == 0x80U) {
            continue;
        }
        blank += line[i] == '\t' ? '\t' : ' ';
        ++column;
    }
    const int length = end_column >= position.column ? end_column - position.column : 0;
    const std::string number = std::to_string(position.line);
    const std::string indent(number.size(), ' ');
    std::string shown;
    for (const std::string_view part : base::split(line, '\t')) {
        shown += (shown.empty() ? "" : "\t") + base::printable(part);
    }
    return fmt::format(
        "  {} | {}\n  {} | {}{}\n",
        number,
        shown,
        indent,
        blank,
        style(red, "^" + std::string(static_cast<std::size_t>(length), '~')));
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
            place.empty() ? "" : style(bold, base::printable(place) + ": "),
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
                found.related_message);
        }
        if (!found.hint.empty()) {
            text += fmt::format("  {}: {}\n", style(cyan, "hint"), base::printable(found.hint));
        }
    }
    return text;
}

void print_error(const base::Error& error, When color) {
    const bool with_color = wants_color(color, STDERR_FILENO);
    const Style style{with_color};
    std::string text;
    if (const auto* description = dynamic_cast<const base::DescriptionError*>(&error)) {
        text = render_diagnostics(description->diagnostics(), with_color);
    } else {
        const std::string place =
            error.position() ? base::to_string(*error.position()) + ": " : std::string();
        text = fmt::format(
            "{}{}: {}\n",
            style(bold, base::printable(place)),
            style(red, "error"),
            base::printable(error.what()));
        for (const std::string& line : error.details()) {
            text += fmt::format("  | {}\n", base::printable(line));
        }
        if (!error.hint().empty()) {
            text += fmt::format("  {}: {}\n", style(cyan, "hint"), base::printable(error.hint()));
        }
    }
    // Nothing sensible is left to do if even standard error is gone.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) {
        return;
    }
}

} // namespace imgbuild::cli
