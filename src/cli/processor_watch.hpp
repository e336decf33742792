// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

namespace imgbuild::cli {

/// What a processor has done since the machine started, in the kernel's units of time.
struct ProcessorTimes {
    std::uint64_t busy = 0;
    std::uint64_t total = 0;
};

/// @param stat the text of /proc/stat. @returns one for each processor that is on.
std::vector<ProcessorTimes> parse_processor_times(std::string_view stat);

/// Looks regularly how busy the machine's processors are, whoever keeps them so.
class ProcessorWatch {
public:
    /// @param take gets 0 to 1 of each processor since the time before, on another thread; throws nothing.
    ProcessorWatch(
        std::chrono::milliseconds interval, std::function<void(std::vector<double>)> take);
    ProcessorWatch(const ProcessorWatch&) = delete;
    ProcessorWatch& operator=(const ProcessorWatch&) = delete;
    /// No call of `take` runs afterwards.
    ~ProcessorWatch() = default;

private:
    std::jthread thread_;
};

} // namespace imgbuild::cli
