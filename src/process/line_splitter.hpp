// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::process {

/// Cuts a program's output into lines and remembers the last ones. A line end is "\n" or "\r\n";
/// what stands before a lone "\r" was overwritten on a terminal and is left out.
class LineSplitter {
public:
    /// Longer lines are given out in pieces, so that a program can't fill the memory.
    static constexpr std::size_t longest_line = 8192;
    static constexpr std::size_t kept_lines = 40;

    /// @param on_line receives each line; may be empty. @param longest bytes of a line.
    explicit LineSplitter(
        std::function<void(std::string_view)> on_line, std::size_t longest = longest_line);

    void add(std::string_view bytes);

    /// Gives out a last line without end.
    void finish();

    /// The last lines, at most `kept_lines`.
    std::vector<std::string> last_lines() const { return {last_.begin(), last_.end()}; }

private:
    void give_out(std::string_view line);

    std::function<void(std::string_view)> on_line_;
    std::size_t longest_;
    std::string pending_;
    std::deque<std::string> last_;
};

} // namespace imgbuild::process
