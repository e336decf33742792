// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace imgbuild::images {

struct RootCopyOptions {
    /// True for what is left out, by its path without leading slash; a directory with all that is in it.
    std::function<bool(std::string_view path)> leave_out;
    /// The source is in use: files that vanish or change while they are copied are left out (a warning
    /// names them) instead of being an error.
    bool source_may_change = false;
};

struct RootCopyResult {
    std::uint64_t entries = 0;
    /// Of regular files, each once.
    std::uint64_t bytes = 0;
};

/// Copies one root into another, empty one: owners, modes, times, extended attributes, hard links, holes;
/// files are cloned where the file system can. No link is followed on either side, also while somebody
/// changes the source. What is mounted in it is left out (mount points are empty directories), and so are
/// sockets and devices that this process may not make (warnings name these).
RootCopyResult copy_root(
    const root::Root& from,
    const root::Root& to,
    const RootCopyOptions& options,
    const base::Context& context);

} // namespace imgbuild::images
