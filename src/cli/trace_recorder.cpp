// SPDX-License-Identifier: Apache-2.0
#include "cli/trace_recorder.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace imgbuild::cli {

namespace {

/// A load of hours has some ten thousand of them.
constexpr std::chrono::milliseconds between_loads{200};

} // namespace

TraceRecorder::TraceRecorder(base::Reporter& next)
    : next_(next)
    , processors_(between_loads, [this](std::vector<double> busy) { add_load(std::move(busy)); }) {}

void TraceRecorder::add_load(std::vector<double> busy) noexcept {
    try {
        const std::lock_guard lock(mutex_);
        trace_.loads.push_back({now(), std::move(busy)});
    } catch (const std::exception&) {
        // A trace with a hole is better than no build.
    }
}

std::int64_t TraceRecorder::now() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now() - start_)
        .count();
}

Trace TraceRecorder::trace() const {
    const std::lock_guard lock(mutex_);
    Trace trace = trace_;
    const std::int64_t end = now();
    for (std::vector<TraceSpan>* const spans : {&trace.spans, &trace.lines}) {
        for (TraceSpan& span : *spans) {
            span.end = span.end < 0 ? end : span.end;
        }
    }
    return trace;
}

void TraceRecorder::message(base::LogLevel level, std::string_view text) noexcept {
    next_.message(level, text);
}

void TraceRecorder::output(std::string_view line) noexcept {
    next_.output(line);
    try {
        const std::lock_guard lock(mutex_);
        const std::int64_t time = now();
        if (!trace_.lines.empty() && trace_.lines.back().end < 0) {
            trace_.lines.back().end = time;
        }
        trace_.lines.push_back({.title = std::string(line), .start = time});
    } catch (const std::exception&) {
        // As above.
    }
}

std::uint64_t TraceRecorder::started(const base::ActivityInfo& info) noexcept {
    const std::uint64_t activity = next_.started(info);
    try {
        const std::lock_guard lock(mutex_);
        const auto parent = numbers_.find(info.parent);
        const std::size_t number = trace_.spans.size();
        trace_.spans.push_back({
            .title = info.title,
            .start = now(),
            .parent = parent == numbers_.end() ? number : parent->second,
            .kind = info.kind,
        });
        numbers_.insert_or_assign(activity, number);
    } catch (const std::exception&) {
        // As above.
    }
    return activity;
}

void TraceRecorder::advanced(
    std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept {
    next_.advanced(activity, done, total);
}

void TraceRecorder::finished(
    std::uint64_t activity, base::Outcome outcome, double seconds) noexcept {
    {
        const std::lock_guard lock(mutex_);
        const std::int64_t time = now();
        if (const auto found = numbers_.find(activity); found != numbers_.end()) {
            TraceSpan& span = trace_.spans[found->second];
            span.end = time;
            span.outcome = outcome;
            numbers_.erase(found);
        }
        // The last line of a command ends with what ran it.
        if (numbers_.empty() && !trace_.lines.empty() && trace_.lines.back().end < 0) {
            trace_.lines.back().end = time;
        }
    }
    next_.finished(activity, outcome, seconds);
}

} // namespace imgbuild::cli
