// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "cli/processor_watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::cli {

/// One activity, or a line of output and the time until the next one. Times are microseconds since the
/// recorder was made.
struct TraceSpan {
    std::string title;
    std::int64_t start = 0;
    /// Negative: it has not ended.
    std::int64_t end = -1;
    /// Number of the span this one is a part of; its own number: none.
    std::size_t parent = 0;
    base::ActivityKind kind = base::ActivityKind::work;
    base::Outcome outcome = base::Outcome::done;
};

/// How busy the machine's processors were since the load before.
struct ProcessorLoad {
    std::int64_t time = 0;
    /// 0 to 1, of each processor.
    std::vector<double> busy;
};

struct Trace {
    /// In the order in which they started.
    std::vector<TraceSpan> spans;
    /// What commands inside the image printed.
    std::vector<TraceSpan> lines;
    std::vector<ProcessorLoad> loads;
};

/// Passes everything on to another reporter and remembers what ran when, and how busy processors were.
/// Thread-safe.
class TraceRecorder final : public base::Reporter {
public:
    /// @param next outlives this object.
    explicit TraceRecorder(base::Reporter& next);

    /// All that was seen so far; what still runs ends now.
    Trace trace() const;

    void message(base::LogLevel level, std::string_view text) noexcept override;
    void output(std::string_view line) noexcept override;
    std::uint64_t started(const base::ActivityInfo& info) noexcept override;
    void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept override;
    void finished(std::uint64_t activity, base::Outcome outcome, double seconds) noexcept override;

private:
    std::int64_t now() const;
    void add_load(std::vector<double> busy) noexcept;

    base::Reporter& next_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    mutable std::mutex mutex_;
    Trace trace_;
    /// Activity → number of its span.
    std::map<std::uint64_t, std::size_t> numbers_;
    /// Last: it calls this object.
    ProcessorWatch processors_;
};

} // namespace imgbuild::cli
