// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace imgbuild::base {

/// A file's content as memory, read when it is looked at. The file must not become shorter meanwhile: it is one that
/// is only ever replaced as a whole.
class MappedFile {
public:
    /// @throws SystemError naming the path.
    explicit MappedFile(const std::string& path);
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::span<const std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<const std::byte> bytes_;
};

} // namespace imgbuild::base
