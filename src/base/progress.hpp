// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * How longer work tells what it is doing. Work reports to a `Reporter`; the verbs choose the
 * renderer (terminal, plain lines, JSON lines). Nothing below `cli/` writes to stdout or stderr.
 */
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace imgbuild::base {

enum class LogLevel { debug, info, warning, error };

enum class ActivityKind {
    /// A stage of the build, or a part of it that users think of as a step.
    stage,
    /// Bytes from the network; total and done are bytes.
    transfer,
    /// Anything else that takes long enough to be shown; total and done are `unit`.
    work,
};

struct ActivityInfo {
    ActivityKind kind = ActivityKind::work;
    /// What is being done, in the user's words: "installing packages".
    std::string title;
    /// What `done` and `total` count: "bytes", "packages", "files"; empty if nothing is counted.
    std::string unit;
    /// 0: not known.
    std::uint64_t total = 0;
    /// The activity this one is a part of; 0: none.
    std::uint64_t parent = 0;
};

/// How an activity ended.
enum class Outcome {
    done,
    /// Its result was already there.
    cached,
    failed,
};

/// "debug", "info", "warning", "error"
std::string_view name_of(LogLevel level);

/// "done", "cached", "failed"
std::string_view name_of(Outcome outcome);

/// Receives what happens. Implementations are thread-safe and never throw.
class Reporter {
public:
    Reporter() = default;
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    virtual ~Reporter() = default;

    virtual void message(LogLevel level, std::string_view text) noexcept = 0;

    /// A line of output of a command that runs inside the image; goes to build.log.
    virtual void output(std::string_view line) noexcept = 0;

    /// @returns the identity of the activity, never 0.
    virtual std::uint64_t started(const ActivityInfo& info) noexcept = 0;
    virtual void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept = 0;
    virtual void finished(std::uint64_t activity, Outcome outcome, double seconds) noexcept = 0;
};

/// Keeps nothing; for tests and library users that don't want to see progress.
class SilentReporter final : public Reporter {
public:
    void message(LogLevel, std::string_view) noexcept override {}

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const ActivityInfo&) noexcept override { return ++last_; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, Outcome, double) noexcept override {}

private:
    std::atomic<std::uint64_t> last_ = 0;
};

/// One running piece of work; tells the reporter when it starts and, by its destructor, when it ends.
/// An activity left by an exception is reported as failed. Thread-safe: workers may advance it.
class Activity {
public:
    Activity(Reporter& reporter, const ActivityInfo& info);
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;
    ~Activity();

    std::uint64_t id() const noexcept { return id_; }

    void set_total(std::uint64_t total) noexcept;
    void advance(std::uint64_t amount) noexcept;
    void set_done(std::uint64_t done) noexcept;

    /// The result was already there: reported when the activity ends.
    void mark_cached() noexcept { outcome_ = Outcome::cached; }

    /// For failures that don't leave as an exception through the activity's scope.
    void mark_failed() noexcept { outcome_ = Outcome::failed; }

    /// Seconds since the activity started.
    double seconds() const noexcept;

private:
    Reporter& reporter_;
    std::uint64_t id_;
    std::atomic<std::uint64_t> done_ = 0;
    std::atomic<std::uint64_t> total_;
    std::atomic<Outcome> outcome_ = Outcome::done;
    int exceptions_at_start_;
    std::uint64_t start_nanoseconds_;
};

} // namespace imgbuild::base
