// SPDX-License-Identifier: Apache-2.0
#include "tree/seen_contents.hpp"

namespace imgbuild::tree {

void SeenContents::add(const crypto::Digest& digest, const crypto::KeyedSum& sum) {
    const std::lock_guard lock(mutex_);
    sums_.emplace(digest, sum);
}

std::optional<crypto::KeyedSum> SeenContents::find(const crypto::Digest& digest) const {
    const std::lock_guard lock(mutex_);
    const auto found = sums_.find(digest);
    return found == sums_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace imgbuild::tree
