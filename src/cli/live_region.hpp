// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/frame.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace imgbuild::cli {

/// The lines at the bottom of a terminal that are drawn anew again and again. It remembers what is
/// drawn and returns the bytes to write; it writes nothing itself. Not thread-safe.
class LiveRegion {
public:
    /// Bytes that put `above` over the region, to stay there, and `lines` in place of the region's;
    /// empty if nothing changes. The cursor is hidden while the region has lines.
    /// @param columns of the terminal now: it may be another than at the last call.
    std::string update(
        const std::vector<std::string>& above,
        const std::vector<FrameLine>& lines,
        std::size_t columns);

    bool is_empty() const noexcept { return drawn_.empty(); }

private:
    std::size_t rows_drawn(std::size_t columns) const;

    std::vector<FrameLine> drawn_;
    std::size_t columns_ = 0;
};

} // namespace imgbuild::cli
