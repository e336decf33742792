// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/progress.hpp"
#include "pack/compression.hpp"
#include "root/root.hpp"
#include "store/store.hpp"
#include "tree/inventory.hpp"

#include <cstdint>

namespace imgbuild::pack {

enum class WarmPackages {
    /// Those that share no chunk with others: more packages may still come.
    large,
    all,
};

/// Makes the chunks of packages while the root around them is still being worked on, so that `pack` finds
/// them in the store: compressed on a processor that has nothing else to do. What stands in the root now
/// is taken for what will stand there in the end; where that turns out wrong, the chunk is of no use and
/// does no harm: it is kept under the digests of what is in it.
///
/// Best used on a thread of its own, which should be an idle one. Takes less than 50 MiB of memory besides
/// two inventories. Not thread-safe.
class ChunkWarmer {
public:
    /// @param root others may change it meanwhile.
    /// @param epoch as PackOptions: what the root's times will be limited to.
    ChunkWarmer(
        const root::Root& root,
        Compression compression,
        std::int64_t epoch,
        const store::Store& chunks);

    /// Looks at the root as it is now. May be called again when there is more in it.
    ///
    /// Returns early when it is asked to stop. What can't be read or written is passed over: `pack` will
    /// meet it, too, if it matters.
    void warm(WarmPackages packages, const base::Context& context);

private:
    void make_chunks(WarmPackages packages, base::Activity& activity, const base::Context& context);

    const root::Root& root_;
    Compression compression_;
    std::int64_t epoch_;
    const store::Store& chunks_;
    /// What was there the last time, with the digests that were made then.
    tree::Inventory last_;
};

} // namespace imgbuild::pack
