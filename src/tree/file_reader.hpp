// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "crypto/digest.hpp"
#include "tree/seen_contents.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::tree {

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Opens `path` below `root` with all its parents, following no link at all.
/// @param name for messages.
base::UniqueFd open_below(int root, const std::string& path, int flags, const std::string& name);

/// The extended attributes of an open file that belong to an image, sorted.
Attributes attributes_of(int fd, const std::string& name);

/// Those of an entry of an open directory; works for what can't be opened. Links are not followed.
Attributes attributes_at(int directory, const std::string& entry, const std::string& name);

/// True if the directory was marked by an overlay as hiding what is below it.
bool is_opaque(int directory);

/// Hashes files one after the other with one buffer. Not thread-safe.
class FileHasher {
public:
    /// @param seen nullptr, or told of each content; outlives the hasher.
    explicit FileHasher(SeenContents* seen);

    /// The digest of the file's first `size` bytes. @throws base::Error if it has fewer.
    crypto::Digest digest(int fd, std::uint64_t size, const std::string& name);

private:
    SeenContents* seen_;
    crypto::Sha256 hash_;
    std::optional<crypto::KeyedHash> second_hash_;
    std::vector<std::byte> buffer_;
};

} // namespace imgbuild::tree
