// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "store/store.hpp"

#include <string>

namespace imgbuild::store {

/// Digests of files outside of the store, each read once as long as nobody touches it. A file counts as
/// untouched while its device, inode, size, mtime and ctime are what they were; a file that changed
/// so recently that a later change might leave the same times is read every time. Thread-safe.
class FileDigests {
public:
    /// @param store must outlive this object.
    explicit FileDigests(const Store& store)
        : store_(store) {}

    /// @param fd a regular file, at its beginning. @param name for messages. @throws base::SystemError
    crypto::Digest of(int fd, const std::string& name) const;

    /// Takes the word of whoever wrote the file, so that not even the first look at it needs reading.
    void remember(int fd, const std::string& name, const crypto::Digest& digest) const;

private:
    const Store& store_;
};

} // namespace imgbuild::store
