// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "tree/inventory.hpp"
#include "tree/seen_contents.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace imgbuild::tree {

/// What tells that a file was not changed since it was looked at last.
struct FileState {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    Time mtime;
    Time ctime;

    bool operator==(const FileState&) const = default;
};

/// Digests of files that were read earlier. Called from several threads at once.
class KnownDigests {
public:
    KnownDigests() = default;
    KnownDigests(const KnownDigests&) = delete;
    KnownDigests& operator=(const KnownDigests&) = delete;
    virtual ~KnownDigests() = default;

    /// The digest of the file if it is in this state; nothing if that isn't known.
    virtual std::optional<crypto::Digest>
    find(const std::string& path, const FileState& state) const = 0;

    /// The file was read and was in this state before and after.
    virtual void
    add(const std::string& path, const FileState& state, const crypto::Digest& digest) = 0;
};

struct ScanOptions {
    /// Read and hash regular files.
    bool with_digests = true;
    /// The tree is the upper directory of an overlay: 0:0 character devices are whiteouts, and the
    /// result is the change that it makes to `below`.
    bool overlay_upper = false;
    /// With `overlay_upper`: what opaque directories hide of it becomes whiteouts. nullptr: nothing.
    const Inventory* below = nullptr;
    /// With `with_digests`: files whose digest it knows are not read. nullptr: all are.
    KnownDigests* known_digests = nullptr;
    /// nullptr, or told of the contents of files that are read.
    SeenContents* seen_contents = nullptr;
    /// Without `with_digests`: others may change the tree meanwhile. What vanishes is left out.
    bool may_change = false;
};

/// Walks the tree below `directory` without following links; files are read on the context's threads.
/// What is mounted inside the tree is left out: a mount point is a directory with nothing in it.
/// Only the extended attributes that `belongs_to_image` accepts are recorded.
/// @param directory opened in any way, O_PATH too. The tree must not change meanwhile, unless the options say so.
/// @param name for messages.
/// @throws base::Error naming the path below `name` that can't be read.
Inventory scan(
    int directory,
    const std::string& name,
    const ScanOptions& options,
    const base::Context& context);

} // namespace imgbuild::tree
