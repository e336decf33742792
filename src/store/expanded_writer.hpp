// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/part_file.hpp"
#include "store/seal.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace imgbuild::store {

/// What a blob holds, decompressed, on its way into the store. Dropping it without publishing it
/// (`Store::publish_expanded`) removes what was written. Not thread-safe.
class ExpandedWriter {
public:
    explicit ExpandedWriter(PartFile file)
        : file_(std::move(file)) {}

    /// @throws base::SystemError naming the store, for instance if there is no space left in it.
    void write(std::span<const std::byte> bytes);

private:
    friend class Store;

    /// Makes it visible as `path`, without syncing it; its seal stands behind the content.
    void publish(const std::string& path);

    PartFile file_;
    Seal seal_;
};

} // namespace imgbuild::store
