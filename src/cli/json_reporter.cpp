// SPDX-License-Identifier: Apache-2.0
#include "cli/json_reporter.hpp"

#include "base/ending.hpp"
#include "base/time.hpp"
#include "json/json.hpp"

#include <unistd.h>

namespace imgbuild::cli {

namespace {

const char* name_of(base::ActivityKind kind) {
    switch (kind) {
    case base::ActivityKind::stage:
        return "stage";
    case base::ActivityKind::transfer:
        return "transfer";
    case base::ActivityKind::work:
        return "work";
    }
    return "";
}

void print(const json::Value& object) {
    const std::string line = json::dump_line(object) + "\n";
    // A progress line that can't be written is not worth ending the work for.
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0) {
        return;
    }
}

} // namespace

void JsonReporter::message(base::LogLevel level, std::string_view text) noexcept {
    if (level >= least_) {
        const std::lock_guard lock(mutex_);
        print({{"event", "message"}, {"level", name_of(level)}, {"text", text}});
    }
}

void JsonReporter::output(std::string_view line) noexcept {
    const std::lock_guard lock(mutex_);
    print({{"event", "output"}, {"text", line}});
}

std::uint64_t JsonReporter::started(const base::ActivityInfo& info) noexcept {
    const std::lock_guard lock(mutex_);
    const std::uint64_t activity = ++last_;
    json::Value object = {
        {"event", "started"},
        {"activity", activity},
        {"kind", name_of(info.kind)},
        {"title", info.title},
        {"time", base::now()},
    };
    if (info.parent != 0) {
        object["parent"] = info.parent;
    }
    if (!info.unit.empty()) {
        object["unit"] = info.unit;
    }
    if (info.total != 0) {
        object["total"] = info.total;
    }
    print(object);
    return activity;
}

void JsonReporter::advanced(
    std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept {
    constexpr std::chrono::milliseconds between(100);
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    const auto [last, is_first] = written_.try_emplace(activity, now);
    if (!is_first && now - last->second < between) {
        return;
    }
    last->second = now;
    json::Value object = {{"event", "progress"}, {"activity", activity}, {"done", done}};
    if (total != 0) {
        object["total"] = total;
    }
    print(object);
}

void JsonReporter::finished(
    std::uint64_t activity, base::Outcome outcome, double seconds) noexcept {
    const std::lock_guard lock(mutex_);
    written_.erase(activity);
    print(
        {{"event", "finished"},
         {"activity", activity},
         {"outcome", base::Ending(outcome, stop_).word()},
         {"seconds", seconds}});
}

} // namespace imgbuild::cli
