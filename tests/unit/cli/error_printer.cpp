// SPDX-License-Identifier: Apache-2.0
#include "cli/error_printer.hpp"

#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::cli;

namespace {

/// A finding in a file with `text`, without the file's name before it.
std::string render(const std::string& text, int line, int column, int end_column) {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "config.xml";
    base::replace_file(path, text);
    base::Diagnostic found;
    found.message = "wrong";
    found.position = {path, line, column};
    found.end_column = end_column;
    const std::string rendered = render_diagnostics({found}, false);
    REQUIRE(rendered.compare(0, path.size(), path) == 0);
    return rendered.substr(path.size());
}

} // namespace

TEST_CASE("a finding shows its line with a caret") {
    CHECK(
        render("<image>\n  <pakages/>\n</image>\n", 2, 4, 10) == ":2:4: error: wrong\n"
                                                                 "  2 |   <pakages/>\n"
                                                                 "    |    ^~~~~~~\n");
}

TEST_CASE("without an end only the start is marked") {
    CHECK(
        render("<image>\n", 1, 2, 0) == ":1:2: error: wrong\n"
                                        "  1 | <image>\n"
                                        "    |  ^\n");
}

TEST_CASE("tabs stay tabs, so that the caret stands under its place") {
    CHECK(
        render("\t<a\tb/>\n", 1, 5, 5) == ":1:5: error: wrong\n"
                                          "  1 | \t<a\tb/>\n"
                                          "    | \t  \t^\n");
}

TEST_CASE("columns count characters; wide ones take two places") {
    CHECK(
        render("<Größe x/>\n", 1, 8, 8) == ":1:8: error: wrong\n"
                                           "  1 | <Größe x/>\n"
                                           "    |        ^\n");
    CHECK(
        render("<日本 x語/>\n", 1, 5, 6) == ":1:5: error: wrong\n"
                                            "  1 | <日本 x語/>\n"
                                            "    |       ^~~\n");
}

TEST_CASE("control characters of the line are escaped, and the caret moves along") {
    CHECK(
        render("<a \x1b[2J x/>\n", 1, 9, 9) == ":1:9: error: wrong\n"
                                               "  1 | <a \\x1b[2J x/>\n"
                                               "    |            ^\n");
}

TEST_CASE("a password in the line is not shown") {
    CHECK(
        render("<user password=\"abc\" idd=\"x\"/>\n", 1, 22, 24) ==
        ":1:22: error: wrong\n"
        "  1 | <user password=\"***\" idd=\"x\"/>\n"
        "    |                      ^~~\n");
}

TEST_CASE("the gutter is as wide as the line's number") {
    std::string text;
    for (int i = 0; i < 9; ++i) {
        text += "\n";
    }
    CHECK(
        render(text + "<x/>\n", 10, 1, 1) == ":10:1: error: wrong\n"
                                             "  10 | <x/>\n"
                                             "     | ^\n");
}

TEST_CASE("a long line is cut around the place") {
    const std::string line = std::string(70, 'a') + "<x>" + std::string(300, 'b');
    CHECK(
        render(line + "\n", 1, 71, 73) == ":1:71: error: wrong\n  1 | …" + std::string(60, 'a') +
                                              "<x>" + std::string(96, 'b') + "…\n    | " +
                                              std::string(61, ' ') + "^~~\n");
    CHECK(
        render(line + "\n", 1, 5, 300) == ":1:5: error: wrong\n  1 | " + std::string(70, 'a') +
                                              "<x>" + std::string(86, 'b') + "…\n    |     ^" +
                                              std::string(155, '~') + "\n");
}

TEST_CASE("lines of other encodings, and with other ends") {
    CHECK(
        render("\xEF\xBB\xBF<ü x/>\n", 1, 4, 4) == ":1:4: error: wrong\n"
                                                   "  1 | <ü x/>\n"
                                                   "    |    ^\n");
    std::string utf16 = "\xFF\xFE";
    for (const char c : std::string("<a>\n<b/>\n")) {
        utf16 += c;
        utf16 += '\0';
    }
    CHECK(
        render(utf16, 2, 2, 2) == ":2:2: error: wrong\n"
                                  "  2 | <b/>\n"
                                  "    |  ^\n");
    CHECK(
        render("<a>\r<b/>\r\n", 2, 2, 2) == ":2:2: error: wrong\n"
                                            "  2 | <b/>\n"
                                            "    |  ^\n");
}

TEST_CASE("no excerpt of lines that are absent, or in files that can't be read") {
    CHECK(render("<x/>\n", 2, 1, 1) == ":2:1: error: wrong\n");
    base::Diagnostic found;
    found.message = "wrong";
    found.position = {"/nonexistent/config.xml", 1, 1};
    CHECK(render_diagnostics({found}, false) == "/nonexistent/config.xml:1:1: error: wrong\n");
}

TEST_CASE("severity, code, related place and hint") {
    base::Diagnostic found;
    found.severity = base::Severity::warning;
    found.code = "W12";
    found.message = "user \"a\" is defined twice";
    found.position = {"c.xml", 7, 3};
    found.hint = "remove one";
    found.related = base::Position{"c.xml", 4, 3};
    found.related_message = "first defined here\x1b[2J";
    CHECK(
        render_diagnostics({found}, false) ==
        "c.xml:7:3: warning: user \"a\" is defined twice [W12]\n"
        "  c.xml:4:3: first defined here\\x1b[2J\n"
        "  hint: remove one\n");
    CHECK(
        render_diagnostics({found}, true) ==
        "\x1b[1mc.xml:7:3: \x1b[0m\x1b[1;33mwarning\x1b[0m: user \"a\" is defined twice [W12]\n"
        "  c.xml:4:3: first defined here\\x1b[2J\n"
        "  \x1b[1;36mhint\x1b[0m: remove one\n");
    found = {};
    found.severity = base::Severity::note;
    found.message = "no place";
    CHECK(render_diagnostics({found}, false) == "note: no place\n");
}

TEST_CASE("an error with its context, details and hint") {
    base::Error error("config.sh ended with status 3");
    error.add_context("stage config");
    error.set_details({"last line\x07", "cp: no space"});
    error.set_hint("open a shell: imgbuild shell node.xml --stage config");
    CHECK(
        render_error(error, false) ==
        "error: stage config: config.sh ended with status 3\n"
        "  | last line\\x07\n"
        "  | cp: no space\n"
        "  hint: open a shell: imgbuild shell node.xml --stage config\n");
    CHECK(render_error(base::Error("short"), true) == "\x1b[1;31merror\x1b[0m: short\n");
}

TEST_CASE("an error with a place") {
    base::Error error("no such package");
    error.at({"c.xml", 3, 9});
    CHECK(render_error(error, false) == "c.xml:3:9: error: no such package\n");
}

TEST_CASE("findings of a description are printed one by one") {
    base::Diagnostic first;
    first.message = "first";
    base::Diagnostic second;
    second.message = "second";
    CHECK(
        render_error(base::DescriptionError({first, second}), false) ==
        "error: first\nerror: second\n");
}

TEST_CASE("--color decides before everything else") {
    CHECK(wants_color(When::always, -1));
    CHECK_FALSE(wants_color(When::never, 2));
    CHECK_FALSE(wants_color(When::automatic, -1));
}
