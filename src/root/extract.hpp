// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/reader.hpp"
#include "base/context.hpp"
#include "base/progress.hpp"
#include "root/root.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

class FileFinisher;

struct ExtractOptions {
    /// The directory of the image that the archive's paths are relative to; made if missing.
    std::string target = "/";
    /// Entries for which this returns true (path as stored in the root, links in it resolved) are left
    /// out. A directory that is left out does not take its content with it.
    std::function<bool(std::string_view path)> skip;
    /// The most bytes that may be written, holes counted; more is an error (a decompression bomb).
    std::uint64_t byte_limit = std::uint64_t{1} << 40U;
    /// Refuse, instead of clamping to the root, names with ".." in them, absolute names, and entries
    /// below a link that climbs out of the root or that this archive made with an absolute target.
    bool refuse_escapes = true;
    /// Refuse device nodes.
    bool refuse_devices = false;
    /// Refuse, as tar does, what would take the place of a directory with content. A link that leads
    /// to the directory in its place is left out.
    bool keep_directories = false;
    /// Advanced by the bytes that are written.
    base::Activity* progress = nullptr;
    /// Fills the files; whoever gives it knows that the archive's bytes stay where they are until it has
    /// been waited for. Nothing: they are filled at once.
    FileFinisher* finisher = nullptr;
};

struct ExtractResult {
    /// What was written, without what was left out.
    std::uint64_t entries = 0;
    /// Of regular files, holes counted.
    std::uint64_t bytes = 0;
    /// Devices that this process may not make, with their paths in the root; the caller records them
    /// (WorkingRoot::record_device). Nothing stands at these paths.
    std::vector<tree::Entry> unmade_devices;
};

/// Writes everything an archive holds into the root, confined to it: owners, modes (setuid after
/// chown), nanosecond times (directories last), extended attributes, hard links, holes.
///
/// - A later entry replaces an earlier one, and whatever else stands there: a file takes the place of
///   a whole directory, unless directories are kept. A directory keeps what is in it; where a link to a directory stands, the link
///   stays (`./bin/` of a package does not undo `bin -> usr/bin`).
/// - Links on the way to an entry are followed inside the root; directories that the archive does not
///   have are made, 0755 root:root.
/// - Of the extended attributes those that `tree::belongs_to_image` accepts are kept. One that the file
///   system can't keep is reported as a warning; a file capability is an error then.
///
/// Several archives may be extracted into one root at the same time if none of them replaces a
/// directory of another.
///
/// @param root not read-only; nothing else changes it meanwhile.
/// @throws base::Error "ARCHIVE: ENTRY: …" if the archive is damaged, wants out of the root, or
///         something can't be written. What was written until then stays.
ExtractResult extract(
    archive::Reader& reader,
    const Root& root,
    const ExtractOptions& options,
    const base::Context& context);

} // namespace imgbuild::root
