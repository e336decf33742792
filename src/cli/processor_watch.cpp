// SPDX-License-Identifier: Apache-2.0
#include "cli/processor_watch.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <utility>

namespace imgbuild::cli {

namespace {

/// Where the kernel tells it; nothing where there is no such file.
std::vector<ProcessorTimes> read_processor_times() {
    try {
        return parse_processor_times(base::read_file("/proc/stat"));
    } catch (const base::Error&) {
        return {};
    }
}

std::vector<double>
load_between(const std::vector<ProcessorTimes>& before, const std::vector<ProcessorTimes>& now) {
    std::vector<double> load;
    for (std::size_t i = 0; i < now.size(); ++i) {
        const std::uint64_t total = now[i].total - before[i].total;
        const std::uint64_t busy = now[i].busy - before[i].busy;
        // The kernel's own figures may go back a little.
        const bool is_sound = now[i].total > before[i].total && busy <= total;
        load.push_back(is_sound ? static_cast<double>(busy) / static_cast<double>(total) : 0);
    }
    return load;
}

void watch(
    const std::stop_token& stop,
    std::chrono::milliseconds interval,
    const std::function<void(std::vector<double>)>& take) {
    std::mutex mutex;
    std::condition_variable_any nobody_calls;
    std::vector<ProcessorTimes> before = read_processor_times();
    while (!stop.stop_requested()) {
        std::unique_lock lock(mutex);
        nobody_calls.wait_for(lock, stop, interval, [] { return false; });
        const std::vector<ProcessorTimes> now = read_processor_times();
        // A processor that is switched on or off meanwhile ends the series.
        if (now.empty() || now.size() != before.size()) {
            return;
        }
        take(load_between(before, now));
        before = now;
    }
}

} // namespace

std::vector<ProcessorTimes> parse_processor_times(std::string_view stat) {
    // user nice system idle iowait irq softirq steal; what follows is part of the first two.
    constexpr std::size_t columns = 8;
    constexpr std::size_t idle = 3;
    constexpr std::size_t iowait = 4;
    constexpr std::size_t steal = 7;
    std::vector<ProcessorTimes> processors;
    for (const std::string_view line : base::split_lines(stat)) {
        const std::vector<std::string_view> words = base::split_words(line);
        // "cpu" alone is the sum of all.
        if (words.empty() || !words[0].starts_with("cpu") || words[0] == "cpu") {
            continue;
        }
        ProcessorTimes times;
        for (std::size_t i = 0; i < columns && i + 1 < words.size(); ++i) {
            const std::uint64_t time = base::parse_number(words[i + 1]).value_or(0);
            times.total += time;
            times.busy += i == idle || i == iowait || i == steal ? 0 : time;
        }
        processors.push_back(times);
    }
    return processors;
}

ProcessorWatch::ProcessorWatch(
    std::chrono::milliseconds interval, std::function<void(std::vector<double>)> take)
    : thread_([interval, take = std::move(take)](const std::stop_token& stop) {
        watch(stop, interval, take);
    }) {}

} // namespace imgbuild::cli
