// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/reader.hpp"
#include "base/context.hpp"
#include "root/root.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

struct ExtractOptions {
    /// The directory of the image that the archive's paths are relative to; made if missing.
    std::string target = "/";
    /// Entries for which this returns true (path as stored in the root) are left out.
    std::function<bool(std::string_view path)> skip;
    /// The most bytes that may be written; more is an error (a decompression bomb).
    std::uint64_t byte_limit = std::uint64_t{1} << 40U;
    /// Refuse, instead of clamping to the root, names that lead out of it ("../x") and entries below
    /// a link that leads out of the root.
    bool refuse_escapes = true;
    /// Refuse device nodes.
    bool refuse_devices = false;
};

struct ExtractResult {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    /// Devices that this process may not make; the caller records them (WorkingRoot::record_device).
    std::vector<tree::Entry> unmade_devices;
};

/// Writes everything an archive holds into the root, confined to it: owners, modes (setuid after
/// chown), nanosecond times (directories last), extended attributes, hard links, holes.
/// A later entry replaces an earlier one; a directory keeps what is in it.
/// @throws base::Error naming archive and entry, if the archive is damaged or wants out of the root.
ExtractResult extract(
    archive::Reader& reader, const Root& root, const ExtractOptions& options, const base::Context& context);

} // namespace imgbuild::root
