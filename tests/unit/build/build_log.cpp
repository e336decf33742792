// SPDX-License-Identifier: Apache-2.0
#include "build/build_log.hpp"

#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

namespace {

using Texts = std::vector<std::string>;

/// Counts what is passed on to the user.
class Screen final : public base::Reporter {
public:
    void message(base::LogLevel, std::string_view text) noexcept override {
        shown.emplace_back(text);
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return 1; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    Texts shown;
};

} // namespace

TEST_CASE("a build log keeps each warning once, and knows which came after a point") {
    const test::TemporaryDirectory directory;
    Screen screen;
    build::BuildLog log(directory / "log", screen);
    log.message(base::LogLevel::warning, "one");
    log.message(base::LogLevel::info, "no warning");
    log.message(base::LogLevel::warning, "one");
    const std::size_t point = log.warning_count();
    CHECK(log.warnings(point).empty());
    log.message(base::LogLevel::warning, "two");
    log.message(base::LogLevel::warning, "one");
    CHECK(log.warnings() == Texts{"one", "two"});
    CHECK(log.warnings(point) == Texts{"two", "one"});
}

TEST_CASE("an earlier build's warning is remembered and logged, but not shown again") {
    const test::TemporaryDirectory directory;
    Screen screen;
    build::BuildLog log(directory / "log", screen);
    log.recall_warning("old");
    log.message(base::LogLevel::warning, "new");
    CHECK(log.warnings() == Texts{"old", "new"});
    CHECK(screen.shown == Texts{"new"});
    CHECK(
        base::read_file(directory / "log") == "warning (of an earlier build): old\nwarning: new\n");
}

TEST_CASE("what ends because a stop was asked for was stopped") {
    const test::TemporaryDirectory directory;
    Screen screen;
    std::stop_source stop;
    build::BuildLog log(directory / "log", screen, stop.get_token());
    log.finished(log.started({.title = "first"}), base::Outcome::failed, 1);
    stop.request_stop();
    log.finished(log.started({.title = "second"}), base::Outcome::failed, 2);
    CHECK(
        base::read_file(directory / "log") ==
        "== first\n== first: failed, 1.0 s\n== second\n== second: stopped, 2.0 s\n");
}
