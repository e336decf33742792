// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "pack/compression.hpp"
#include "root/root.hpp"
#include "store/store.hpp"

#include <cstdint>

namespace imgbuild::pack {

/// Makes the chunks of packages while the root around them is still being worked on, so that `pack` finds
/// them in the store: compressed on a processor that has nothing else to do. What stands in the root now
/// is taken for what will stand there in the end; where that turns out wrong, the chunk is of no use and
/// does no harm: it is kept under the digests of what is in it.
///
/// Best run on a thread of its own, which should be an idle one. Takes less than 50 MiB of memory besides the
/// inventory.
/// @param root others may change it meanwhile.
/// @param epoch as PackOptions: what the root's times will be limited to.
///
/// Returns early when it is asked to stop. What can't be read or written is passed over: `pack` will meet it,
/// too, if it matters.
void warm_chunks(
    const root::Root& root,
    Compression compression,
    std::int64_t epoch,
    const store::Store& chunks,
    const base::Context& context);

} // namespace imgbuild::pack
