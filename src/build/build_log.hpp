// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "base/unique_fd.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::build {

/// Passes everything on to another reporter, writes it to a log file as well, and remembers the
/// warnings for the result. Thread-safe.
class BuildLog final : public base::Reporter {
public:
    /// @param path of the log; made anew. @param next outlives this object.
    /// @param stop tells what failed from what was stopped.
    BuildLog(std::string path, base::Reporter& next, std::stop_token stop = {});

    const std::string& path() const noexcept { return path_; }

    /// How many warnings there were; with `warnings` tells whose they are.
    std::size_t warning_count() const;

    /// The warnings after the first `start`, each once.
    std::vector<std::string> warnings(std::size_t start = 0) const;

    /// A warning that the user has seen already: remembered, but not shown again.
    void recall_warning(std::string_view text) noexcept;

    /// Into the log alone: what the user is told in another way.
    void record(std::string_view text) noexcept;

    void message(base::LogLevel level, std::string_view text) noexcept override;
    void output(std::string_view line) noexcept override;
    std::uint64_t started(const base::ActivityInfo& info) noexcept override;
    void
    advanced(std::uint64_t activity, std::uint64_t done, std::uint64_t total) noexcept override;
    void finished(std::uint64_t activity, base::Outcome outcome, double seconds) noexcept override;

private:
    void write(std::string_view text) noexcept;

    std::string path_;
    base::Reporter& next_;
    std::stop_token stop_;
    base::UniqueFd fd_;
    mutable std::mutex mutex_;
    std::vector<std::string> warnings_;
    std::map<std::uint64_t, std::string> titles_;
};

} // namespace imgbuild::build
