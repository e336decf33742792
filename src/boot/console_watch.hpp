// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::boot {

/// Looks for texts in a stream of console output. Colours and other terminal sequences are left out
/// first, and a text may be cut anywhere between two pieces. Not thread-safe.
class ConsoleWatch {
public:
    explicit ConsoleWatch(std::vector<std::string> texts)
        : texts_(std::move(texts)) {}

    /// @returns true once one of the texts has appeared.
    bool add(std::string_view bytes);

    /// The text that appeared; empty before.
    const std::string& found() const noexcept { return found_; }

    /// The last lines of the console, at most 30, an unfinished one included.
    std::vector<std::string> last_lines() const;

private:
    void add_plain(char c);

    std::vector<std::string> texts_;
    std::string found_;
    std::string line_;
    std::deque<std::string> lines_;
    enum class State { text, escape, sequence } state_ = State::text;
};

} // namespace imgbuild::boot
