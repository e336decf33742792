// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack/layout.hpp"

#include <cstddef>
#include <cstdint>

namespace imgbuild::pack {

/// Cuts a sequence of entries into chunks of about two megabytes. Where a chunk ends is chosen by what
/// the entries are called: among the places at which it may end, the one with the smallest hash; ends of
/// packages come before all others. So a file that is added, removed or changed moves the next border or
/// two, and not all behind it.
///
/// Large contents are divided at fixed offsets, so that a change in them makes one piece new.
class ChunkCutter {
public:
    static constexpr std::uint64_t smallest_chunk = std::uint64_t{1} << 20U;
    static constexpr std::uint64_t largest_slice = std::uint64_t{2} << 20U;
    /// Room for one more slice with the longest header behind a chunk that may not end yet.
    static constexpr std::uint64_t largest_chunk =
        smallest_chunk + largest_slice + (std::uint64_t{16} << 10U);

    /// Adds the chunks of the layout's entries from number `first` on.
    static void cut(Layout& layout, std::size_t first);
};

} // namespace imgbuild::pack
