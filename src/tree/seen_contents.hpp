// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "crypto/keyed_hash.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace imgbuild::tree {

/// Contents that this process has hashed, by a second sum: whoever reads a file again can tell several times faster
/// than by SHA-256 whether it still has the content of its digest. Since the sums' key is secret, nobody can make
/// another content that passes for it. Called from several threads at once.
class SeenContents {
public:
    SeenContents() = default;
    SeenContents(const SeenContents&) = delete;
    SeenContents& operator=(const SeenContents&) = delete;

    /// Makes sums for `add` and `find`.
    crypto::KeyedHash hash() const { return crypto::KeyedHash(key_); }

    /// @param digest, sum both of the same bytes, read once.
    void add(const crypto::Digest& digest, const crypto::KeyedSum& sum);

    /// Nothing if no content of this digest was seen.
    std::optional<crypto::KeyedSum> find(const crypto::Digest& digest) const;

private:
    const crypto::HashKey key_;
    mutable std::mutex mutex_;
    std::map<crypto::Digest, crypto::KeyedSum> sums_;
};

} // namespace imgbuild::tree
