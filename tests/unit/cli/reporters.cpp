// SPDX-License-Identifier: Apache-2.0
// What the renderers really write to standard error.
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/json_reporter.hpp"
#include "cli/message_text.hpp"
#include "cli/plain_reporter.hpp"
#include "cli/terminal_reporter.hpp"
#include "json/json.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <functional>

using namespace imgbuild;
using namespace imgbuild::cli;
using base::ActivityKind;

namespace {

/// What `action` writes to standard error.
std::string captured(const std::function<void()>& action) {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "stderr";
    const base::UniqueFd file = base::open_at(AT_FDCWD, path, O_WRONLY | O_CREAT, 0600);
    const base::UniqueFd former(::dup(STDERR_FILENO));
    REQUIRE(::dup2(file.get(), STDERR_FILENO) >= 0);
    action();
    REQUIRE(::dup2(former.get(), STDERR_FILENO) >= 0);
    return base::read_file(path, 1U << 20U);
}

/// The JSON objects that `action` makes the reporter write.
std::vector<json::Value>
events(base::LogLevel least, const std::function<void(JsonReporter&)>& action) {
    const std::string text = captured([&] {
        JsonReporter reporter(least);
        action(reporter);
    });
    std::vector<json::Value> objects;
    for (const std::string_view line : base::split_lines(text)) {
        objects.push_back(json::parse(line, "event"));
    }
    return objects;
}

} // namespace

TEST_CASE("JSON: messages of the level and above") {
    const auto found = events(base::LogLevel::info, [](JsonReporter& reporter) {
        reporter.message(base::LogLevel::debug, "unseen");
        reporter.message(base::LogLevel::info, "seen");
        reporter.message(base::LogLevel::warning, "two\nlines \"quoted\"");
        reporter.message(base::LogLevel::error, "bad \xff byte");
    });
    REQUIRE(found.size() == 3);
    CHECK(found[0] == json::Value{{"event", "message"}, {"level", "info"}, {"text", "seen"}});
    CHECK(found[1]["level"] == "warning");
    CHECK(found[1]["text"] == "two\nlines \"quoted\"");
    CHECK(found[2]["level"] == "error");
    CHECK(found[2]["text"] == "bad \xef\xbf\xbd byte");
}

TEST_CASE("JSON: output of commands") {
    const auto found = events(
        base::LogLevel::error, [](JsonReporter& reporter) { reporter.output("a\tline\x1b[0m"); });
    REQUIRE(found.size() == 1);
    CHECK(found[0] == json::Value{{"event", "output"}, {"text", "a\tline\x1b[0m"}});
}

TEST_CASE("JSON: an activity starts, moves on and ends") {
    const auto found = events(base::LogLevel::info, [](JsonReporter& reporter) {
        const auto stage = reporter.started({.kind = ActivityKind::stage, .title = "installing"});
        const auto part =
            reporter.started({ActivityKind::transfer, "fetching", "bytes", 1000, stage});
        reporter.advanced(part, 10, 1000);
        reporter.advanced(part, 20, 1000);
        reporter.finished(part, base::Outcome::failed, 1.5);
        const auto work = reporter.started({.title = "copying", .unit = "files"});
        reporter.advanced(work, 3, 0);
        reporter.finished(work, base::Outcome::cached, 0.0);
        reporter.finished(stage, base::Outcome::done, 2.25);
    });
    // The second step comes within a tenth of a second after the first: it is left out.
    REQUIRE(found.size() == 8);
    CHECK(found[0]["time"].is_number_integer());
    json::Value first = found[0];
    first.erase("time");
    CHECK(
        first ==
        json::Value{
            {"event", "started"}, {"activity", 1}, {"kind", "stage"}, {"title", "installing"}});
    json::Value second = found[1];
    second.erase("time");
    CHECK(
        second == json::Value{
                      {"event", "started"},
                      {"activity", 2},
                      {"kind", "transfer"},
                      {"title", "fetching"},
                      {"parent", 1},
                      {"unit", "bytes"},
                      {"total", 1000}});
    CHECK(
        found[2] ==
        json::Value{{"event", "progress"}, {"activity", 2}, {"done", 10}, {"total", 1000}});
    CHECK(
        found[3] ==
        json::Value{
            {"event", "finished"}, {"activity", 2}, {"outcome", "failed"}, {"seconds", 1.5}});
    CHECK(found[4]["kind"] == "work");
    CHECK(found[5] == json::Value{{"event", "progress"}, {"activity", 3}, {"done", 3}});
    CHECK(found[6]["outcome"] == "cached");
    CHECK(
        found[7] ==
        json::Value{
            {"event", "finished"}, {"activity", 1}, {"outcome", "done"}, {"seconds", 2.25}});
}

TEST_CASE("plain: stages and messages are lines, their parts are not shown") {
    CHECK(
        captured([] {
            PlainReporter reporter(base::LogLevel::info, false);
            const auto stage =
                reporter.started({.kind = ActivityKind::stage, .title = "installing"});
            const auto part =
                reporter.started({ActivityKind::transfer, "fetching", "bytes", 9, stage});
            reporter.advanced(part, 3, 9);
            reporter.finished(part, base::Outcome::done, 1);
            reporter.output("unseen");
            reporter.message(base::LogLevel::debug, "unseen");
            reporter.message(base::LogLevel::info, "seen");
            reporter.message(base::LogLevel::warning, "careful\x1b[2J");
            reporter.finished(stage, base::Outcome::done, 4.2);
            const auto cached = reporter.started({.kind = ActivityKind::stage, .title = "packing"});
            reporter.finished(cached, base::Outcome::cached, 0);
            const auto failed = reporter.started({.kind = ActivityKind::stage, .title = "booting"});
            reporter.finished(failed, base::Outcome::failed, 75);
        }) == "installing ...\n"
              "seen\n"
              "warning: careful\\x1b[2J\n"
              "installing: done in 4.2 s\n"
              "packing ...\n"
              "packing: cached\n"
              "booting ...\n"
              "booting: failed after 1 min 15 s\n");
}

TEST_CASE("plain: debug shows the output of commands, error nothing but errors") {
    CHECK(captured([] {
              PlainReporter reporter(base::LogLevel::debug, false);
              reporter.output("10 %\r20 %\tdone");
          }) == "  | 20 % done\n");
    CHECK(captured([] {
              PlainReporter reporter(base::LogLevel::error, true);
              const auto stage = reporter.started({.kind = ActivityKind::stage, .title = "x"});
              reporter.message(base::LogLevel::warning, "unseen");
              reporter.message(base::LogLevel::error, "seen");
              reporter.finished(stage, base::Outcome::done, 1);
          }) == "\x1b[1;31merror\x1b[0m: seen\n");
}

TEST_CASE("what fails after a wish to stop was stopped") {
    std::stop_source stop;
    stop.request_stop();
    CHECK(captured([&] {
              PlainReporter reporter(base::LogLevel::info, false, stop.get_token());
              const auto stage = reporter.started({.kind = ActivityKind::stage, .title = "x"});
              reporter.finished(stage, base::Outcome::failed, 1);
          }) == "x ...\nx: stopped after 1.0 s\n");
    const std::string json = captured([&] {
        JsonReporter reporter(base::LogLevel::info, stop.get_token());
        reporter.finished(7, base::Outcome::failed, 1.5);
    });
    CHECK(json::parse(json, "event")["outcome"] == "stopped");
}

TEST_CASE("messages of several lines are indented") {
    CHECK(
        message_lines(base::LogLevel::warning, "first\nsecond", false) ==
        std::vector<std::string>{"warning: first", "  second"});
    CHECK(message_lines(base::LogLevel::info, "", false).empty());
}

TEST_CASE("terminal: what stays is written, and the cursor is shown at the end") {
    const std::string text = captured([] {
        TerminalReporter reporter(base::LogLevel::info, STDERR_FILENO, false);
        const auto stage = reporter.started({.kind = ActivityKind::stage, .title = "installing"});
        reporter.message(base::LogLevel::warning, "careful");
        reporter.finished(stage, base::Outcome::cached, 0);
        reporter.message(base::LogLevel::info, "after");
        reporter.message(base::LogLevel::debug, "unseen");
    });
    const std::size_t warning = text.find("warning: careful\n");
    const std::size_t ended = text.find("installing        ");
    const std::size_t after = text.find("after\n");
    REQUIRE(warning != std::string::npos);
    REQUIRE(ended != std::string::npos);
    REQUIRE(after != std::string::npos);
    CHECK(warning < ended);
    CHECK(ended < after);
    CHECK(text.find("unseen") == std::string::npos);
    const std::size_t hidden = text.rfind("\x1b[?25l");
    const std::size_t shown = text.rfind("\x1b[?25h");
    CHECK((hidden == std::string::npos || (shown != std::string::npos && hidden < shown)));
}

TEST_CASE("terminal: an activity left running is cleared by the destructor") {
    const std::string text = captured([] {
        TerminalReporter reporter(base::LogLevel::info, STDERR_FILENO, false);
        reporter.started({.kind = ActivityKind::stage, .title = "installing"});
        // The first frame comes from the reporter's own thread.
        while (::lseek(STDERR_FILENO, 0, SEEK_CUR) == 0) {
            ::usleep(1000);
        }
    });
    // On a busy machine the first frame may show seconds already.
    CHECK(text.find("\x1b[?25linstalling") == 0);
    const std::string end = "\r\x1b[1A\x1b[J\x1b[?25h";
    CHECK(text.substr(text.size() - std::min(text.size(), end.size())) == end);
}

TEST_CASE("terminal: leaving without destructors shows the cursor only if it is hidden") {
    CHECK(captured([] { leave_terminal_clean(); }).empty());
}
